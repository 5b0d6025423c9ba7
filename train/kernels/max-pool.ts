import type { Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { differentiable } from './differentiable.js';
import type { NativeOps } from './native-ops.js';

export interface Pooling {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/**
 * Max pooling that remembers where each maximum was, the first of equal ones. TensorFlow's MaxPoolGrad, which TensorFlow.js
 * calls, looks for them once more: on `[64, 32, 32, 128]` forward and backward take 16 ms instead of 50.
 */
export function maxPool(
  tf: TensorFlow,
  ops: NativeOps,
  x: Tensor4D,
  { poolSize, strides, padding }: Pooling,
): Tensor4D {
  const attributes = [
    ops.float32(),
    ops.type('Targmax', 'int64'),
    ops.ints('ksize', [1, ...poolSize, 1]),
    ops.ints('strides', [1, ...strides, 1]),
    ops.text('padding', padding.toUpperCase()),
    ops.bool('include_batch_in_index', false),
  ];
  return differentiable(tf, {
    inputs: { x },
    forward(save) {
      const [y, places] = ops.run('MaxPoolWithArgmax', attributes, [x], 2);
      save([x, places!]);
      return y!;
    },
    // Of the input it takes no more than the shape.
    gradients: (dy, [input, places]) => ({
      x: () => ops.one('MaxPoolGradWithArgmax', attributes, [input!, dy, places!]),
    }),
  }) as Tensor4D;
}
