import type { TensorFlow } from '../../machine/index.js';
import type { OpAttribute } from './native-backend.js';
import type { NativeOps } from './native-ops.js';

/**
 * Whether oneDNN computes TensorFlow's convolutions: on x64, unless somebody switched it off. machine/ switches it on
 * where TensorFlow itself would not.
 */
export const hasOneDnn = (): boolean => process.arch === 'x64' && process.env.TF_ENABLE_ONEDNN_OPTS !== '0';

/**
 * The label under which oneDNN's kernels are registered that TensorFlow puts into its graphs and not where operations are
 * called one by one: called by their own names, with it, they work.
 */
export const oneDnnLabel = (ops: NativeOps): OpAttribute => ops.text('_kernel', 'MklNameChangeOp');

const tried = new WeakMap<NativeOps, boolean>();

/** Whether the library that runs has the kernels that are called by their own names. */
export function hasOneDnnKernels(tf: TensorFlow, ops: NativeOps): boolean {
  let has = tried.get(ops);
  if (has === undefined) {
    has = !ops.gpu && hasOneDnn() && work(tf, ops);
    tried.set(ops, has);
  }
  return has;
}

function work(tf: TensorFlow, ops: NativeOps): boolean {
  const label = oneDnnLabel(ops);
  const steps = ops.ints('strides', [1, 2, 2, 1]);
  const padding = ops.text('padding', 'VALID');
  const pooling = [ops.ints('ksize', [1, 2, 2, 1]), steps, padding, ops.bool('workspace_enabled', true), label];
  try {
    tf.tidy(() => {
      const x = tf.zeros([1, 2, 2, 1]);
      ops.one('_MklNativeConv2DWithBias', [steps, padding, label], [x, tf.zeros([2, 2, 1, 1]), tf.zeros([1])]);
      const [y, places] = ops.run('_MklNativeMaxPool', pooling, [x], 2);
      ops.one('_MklNativeMaxPoolGrad', pooling, [x, y!, y!, places!]);
    });
    return true;
  } catch {
    // A library without them says so, and TensorFlow.js' way stays.
    return false;
  }
}
