import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import type { NativeOps } from './native-ops.js';

/** Sixteen random bits decide about a value: a rate is met to 1/65,536, and what is kept is scaled by what it then is. */
const steps = 2 ** 16;

/**
 * 0 where a value is dropped, else what those that are kept are scaled by: float32 of a shape. Drawn by TensorFlow's
 * Philox generator from the seed, and from nothing else.
 */
export function dropoutMask(
  tf: TensorFlow,
  ops: NativeOps,
  shape: readonly number[],
  rate: number,
  seed: number,
): Tensor {
  return tf.tidy(() => {
    const count = shape.reduce((a, b) => a * b, 1);
    if (ops.gpu) {
      // Kernels for integers of sixteen bits are not a GPU's business.
      const uniform = ops.one(
        'StatelessRandomUniform',
        [ops.type('dtype', 'float32'), ops.type('T', 'int32'), ops.type('Tseed', 'int32')],
        [tf.tensor1d([...shape], 'int32'), tf.tensor1d([seed | 0, count], 'int32')],
      );
      return tf.mul(tf.cast(tf.greaterEqual(uniform, rate), 'float32'), 1 / (1 - rate));
    }
    const dropped = Math.min(steps - 1, Math.round(rate * steps));
    const words = Math.ceil(count / 2);
    const random = ops.one(
      'StatelessRandomUniformFullInt',
      [ops.type('dtype', 'int32'), ops.type('T', 'int32'), ops.type('Tseed', 'int32')],
      [tf.tensor1d([words], 'int32'), tf.tensor1d([seed | 0, words], 'int32')],
    );
    const bitcast = [ops.type('T', 'int32'), ops.type('type', 'uint16')];
    const toUint16 = [ops.type('SrcT', 'int32'), ops.type('DstT', 'uint16')];
    const least = ops.one('Cast', toUint16, [tf.scalar(dropped, 'int32')]);
    const kept = ops.one('GreaterEqual', [ops.type('T', 'uint16')], [ops.one('Bitcast', bitcast, [random]), least]);
    const mask = ops.one('Cast', [ops.type('SrcT', 'bool'), ops.type('DstT', 'float32')], [kept]);
    const enough = count % 2 ? tf.slice(tf.reshape(mask, [words * 2]), 0, count) : mask;
    return tf.mul(tf.reshape(enough, [...shape]), steps / (steps - dropped));
  });
}

/** Values dropped at random (Srivastava et al. 2014), in TensorFlow's kernels. @param rate 0..1, both excluded */
export function dropout<T extends Tensor>(tf: TensorFlow, ops: NativeOps, x: T, rate: number, seed: number): T {
  return differentiable(tf, {
    inputs: { x },
    forward(save) {
      const mask = dropoutMask(tf, ops, x.shape, rate, seed);
      save([mask]);
      return tf.mul(x, mask);
    },
    gradients: (dy, [mask]) => ({ x: () => tf.mul(dy, mask!) }),
  }) as T;
}
