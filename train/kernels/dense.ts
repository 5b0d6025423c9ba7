import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import { matMul } from './mat-mul.js';
import type { NativeOps } from './native-ops.js';

/**
 * A dense layer with bias and relu, in TensorFlow's kernels.
 * @param x `[N, in]` @param kernel `[in, out]` @param bias `[out]`
 */
export function dense(
  tf: TensorFlow,
  ops: NativeOps,
  { x, kernel, bias, relu }: { x: Tensor2D; kernel: Tensor2D; bias?: Tensor | undefined; relu: boolean },
): Tensor2D {
  return differentiable(tf, {
    inputs: { bias, kernel, x },
    forward(save) {
      let y = matMul(ops, x, kernel);
      if (bias) y = ops.one('BiasAdd', [], [y, bias]);
      if (relu) y = ops.one('Relu', [], [y]);
      save(relu ? [x, kernel, y] : [x, kernel]);
      return y;
    },
    gradients(dy, [savedX, savedKernel, y]) {
      const gradient = relu ? ops.one('ReluGrad', [], [dy, y!]) : dy;
      return {
        bias: () => ops.one('BiasAddGrad', [], [gradient]),
        kernel: () => matMul(ops, savedX!, gradient, { transposeA: true }),
        x: () => matMul(ops, gradient, savedKernel!, { transposeB: true }),
      };
    },
  }) as Tensor2D;
}
