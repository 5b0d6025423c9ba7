import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import type { NativeOps } from './native-ops.js';

/** The mean of each channel's values. @param x `[N, H, W, C]` @returns `[N, C]` */
export function globalAveragePool(tf: TensorFlow, ops: NativeOps, x: Tensor4D): Tensor2D {
  const [images, height, width, depth] = x.shape;
  const integers = (...values: number[]) => ops.tensor(Int32Array.from(values), [values.length]);
  return differentiable(tf, {
    inputs: { x },
    forward: () => ops.one('Mean', [], [x, integers(1, 2)]),
    gradients: (dy) => ({
      x(): Tensor {
        const pixels = height * width;
        // A product that spreads: each pixel has had its share in the mean.
        const shares = ops.tensor(new Float32Array(pixels).fill(1 / pixels), [1, height, width, 1]);
        return ops.one('Mul', [], [ops.one('Reshape', [], [dy, integers(images, 1, 1, depth)]), shares]);
      },
    }),
  }) as Tensor2D;
}
