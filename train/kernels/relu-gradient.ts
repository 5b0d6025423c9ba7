import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { nativeOps } from './native-ops.js';

const registered = new WeakSet<TensorFlow>();

/**
 * The gradient of relu as TensorFlow's one kernel, where TensorFlow.js composes it (dy times step(x)) of several. Other
 * backends keep the composed one.
 */
export function useNativeReluGradient(tf: TensorFlow): void {
  if (registered.has(tf)) return;
  registered.add(tf);
  tf.unregisterGradient('Relu');
  tf.registerGradient({
    kernelName: 'Relu',
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => {
      const gradient = dy as Tensor;
      const x = saved[0]!;
      return {
        x: () => {
          const ops = nativeOps(tf);
          if (!ops) return tf.mul(gradient, tf.cast(tf.step(x), 'float32'));
          return ops.one('ReluGrad', [], [gradient, x]);
        },
      };
    },
  });
}
