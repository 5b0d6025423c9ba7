import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

/** What `tf.customGrad` is made of: https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/engine.ts */
interface Engine {
  runKernelFunc(kernel: {
    inputs: NamedTensorMap;
    forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor;
    backwardsFunc: (dy: Tensor, saved: Tensor[]) => Record<string, () => Tensor>;
  }): Tensor;
}

export interface Differentiable {
  /**
   * What it is computed of, by name. Gradients are asked for in this order, and only those that somebody needs: what is
   * named last (the layer's input) may not be asked for, as in a network's first layer, where `tf.customGrad` would compute it.
   */
  readonly inputs: Readonly<Record<string, Tensor | undefined>>;
  /** @param save what the gradients need; called once at most */
  forward(save: (tensors: Tensor[]) => void): Tensor;
  /** @returns a function for each input; the last to be called is the last input's, if at all */
  gradients(dy: Tensor, saved: Tensor[]): Record<string, () => Tensor>;
}

/**
 * A step of a network, with gradients of its own. When the last input's gradient is there, what was saved for it and `dy`
 * are given back, long before TensorFlow.js would: it keeps both until the gradients of all layers are there.
 */
export function differentiable(tf: TensorFlow, { inputs, forward, gradients }: Differentiable): Tensor {
  const given = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor)) as NamedTensorMap;
  const last = Object.keys(given).at(-1)!;
  return (tf.engine() as unknown as Engine).runKernelFunc({
    inputs: given,
    forwardFunc: (_, save) => forward(save),
    backwardsFunc(dy, saved) {
      const all = gradients(dy, saved);
      const compute = all[last]!;
      all[last] = () => {
        const gradient = compute();
        tf.dispose([...saved, dy]);
        return gradient;
      };
      return all;
    },
  });
}
