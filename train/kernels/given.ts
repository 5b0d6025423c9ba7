import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { nativeOps } from './native-ops.js';

/**
 * A tensor of numbers that differ from step to step, on any backend: `NativeOps.given`, or one of TensorFlow.js'.
 * @param read may give the same array each time, but not to two tensors of a step
 */
export const given = (tf: TensorFlow, read: () => Float32Array, shape: readonly number[]): Tensor =>
  nativeOps(tf)?.given(read, shape) ?? tf.tensor(read(), [...shape]);
