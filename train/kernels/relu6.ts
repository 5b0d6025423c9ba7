import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import type { NativeOps } from './native-ops.js';

/** Relu that ends at 6, with TensorFlow's kernels; TensorFlow.js' layer composes it of a relu and a clip. */
export const relu6 = (tf: TensorFlow, ops: NativeOps, x: Tensor): Tensor =>
  differentiable(tf, {
    inputs: { x },
    forward(save) {
      const y = ops.one('Relu6', [], [x]);
      save([y]);
      return y;
    },
    // Where it gave 0 or 6, its input was there or beyond: the output tells as much as the input.
    gradients: (dy, [y]) => ({ x: () => ops.one('Relu6Grad', [], [dy, y!]) }),
  });
