import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import { fillDropoutMask } from './dropout-mask.js';
import type { NativeOps } from './native-ops.js';

/** 0 where a value is dropped, else what those that are kept are scaled by: float32 of a shape, drawn from the seed. */
function dropoutMask(ops: NativeOps, shape: readonly number[], rate: number, seed: () => number): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  if (ops.gpu) {
    // It draws numbers faster than they could be brought to it.
    const uniform = ops.one(
      'StatelessRandomUniform',
      [ops.type('dtype', 'float32')],
      [ops.tensor(Int32Array.from(shape), [shape.length]), ops.given(() => Int32Array.of(seed(), count), [2])],
    );
    const kept = ops.one('GreaterEqual', [], [uniform, ops.scalar(rate)]);
    const toFloat = [ops.type('SrcT', 'bool'), ops.type('DstT', 'float32')];
    return ops.one('Mul', [], [ops.one('Cast', toFloat, [kept]), ops.scalar(1 / (1 - rate))]);
  }
  const even = count + (count % 2);
  // One for each mask, as TensorFlow may take its memory for the tensor's.
  const mask = new Float32Array(even);
  const draw = () => {
    fillDropoutMask(mask, rate, seed());
    return mask.subarray(0, count);
  };
  return ops.given(draw, shape);
}

/**
 * Values dropped at random (Srivastava et al. 2014), each kept one scaled so that the mean stays.
 * @param rate 0..1, both excluded @param seed of this step
 */
export function dropout<T extends Tensor>(tf: TensorFlow, ops: NativeOps, x: T, rate: number, seed: () => number): T {
  return differentiable(tf, {
    inputs: { x },
    forward(save) {
      const mask = dropoutMask(ops, x.shape, rate, seed);
      save([mask]);
      return ops.one('Mul', [], [x, mask]);
    },
    gradients: (dy, [mask]) => ({ x: () => ops.one('Mul', [], [dy, mask!]) }),
  }) as T;
}
