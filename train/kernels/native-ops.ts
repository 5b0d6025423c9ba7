import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import {
  type Given,
  idOf,
  type NativeBackend,
  nativeBackend,
  type OpAttribute,
  type Output,
  show,
} from './native-backend.js';

/** The types of TensorFlow (tensorflow/core/framework/types.proto) that its TensorFlow.js backend does not name. */
const uint16 = 17;

/**
 * Calls TensorFlow's own operations. https://www.tensorflow.org/api_docs/python/tf/raw_ops
 *
 * Attributes that are left out have their defaults, and types follow from the inputs: each that is given takes a microsecond.
 */
export interface NativeOps {
  /** Whether they run on a GPU. */
  readonly gpu: boolean;
  float32(name: string): OpAttribute;
  type(name: string, value: 'float32' | 'int32' | 'int64' | 'uint16' | 'bool'): OpAttribute;
  float(name: string, value: number): OpAttribute;
  ints(name: string, value: readonly number[]): OpAttribute;
  text(name: string, value: string): OpAttribute;
  bool(name: string, value: boolean): OpAttribute;
  shape(name: string, value: readonly number[]): OpAttribute;
  /**
   * @returns its first `outputs` outputs; whoever calls disposes of them, or a `tf.tidy` around it. Of integers that
   *   TensorFlow.js does not know it takes the dtype to be int32: they are for other operations, and not to be read
   */
  run(name: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
  /** As `run`, of an operation with one output. */
  one(name: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[]): Tensor;
  /**
   * A tensor of numbers that TensorFlow has at once: TensorFlow.js' own tensors hold on to theirs until they are used, and take
   * longer to be made. Where the array's memory is aligned as TensorFlow wants it, it becomes the tensor's: it must stay as it is
   * as long as the tensor is needed.
   */
  tensor(values: Float32Array | Int32Array, shape: readonly number[]): Tensor;
  /** float32 */
  scalar(value: number): Tensor;
  /**
   * A tensor of numbers that differ from step to step: `read` is asked for them when a step begins or, where a step is run as
   * one operation, each time that it is.
   * @param read may give the same array each time, but not to two tensors of a step
   */
  given(read: () => Float32Array | Int32Array, shape: readonly number[]): Tensor;
  /** As `given`, of one float32. */
  givenScalar(read: () => number): Tensor;
  /**
   * Runs an update of what a tensor shows and lets it show what a variable of TensorFlow's then holds. Meanwhile it shows
   * nothing, so that TensorFlow can change the memory in place: while somebody looks at it, it is copied first.
   * @param handle of a float32 variable of the tensor's shape
   */
  renew(tensor: Tensor, handle: Tensor, update: () => void): void;
  /** The handles of the variables that tensors show: whoever makes one writes it down. */
  readonly handles: WeakMap<Tensor, Tensor>;
  /** Who is told of the numbers that are given, at the moment. */
  onGiven: ((id: number, given: Given) => void) | undefined;
}

/** The native backend's operations, or undefined while another backend computes. */
export function nativeOps(tf: TensorFlow): NativeOps | undefined {
  const backend = nativeBackend(tf);
  if (!backend) return undefined;
  let ops = known.get(backend);
  if (!ops) {
    ops = opsOf(backend);
    known.set(backend, ops);
  }
  return ops;
}

const known = new WeakMap<NativeBackend, NativeOps>();

function opsOf(backend: NativeBackend): NativeOps {
  const { binding } = backend;
  const codes = {
    ...{ float32: binding.TF_FLOAT, int32: binding.TF_INT32, int64: binding.TF_INT64, bool: binding.TF_BOOL },
    uint16,
  };
  const unknown = new Set([codes.int64, codes.uint16]);
  const outputOf = (output: Output) =>
    backend.createOutputTensor(unknown.has(output.dtype) ? { ...output, dtype: codes.int32 } : output);
  const run: NativeOps['run'] = (name, attributes, inputs, outputs) =>
    backend.binding
      .executeOp(
        name,
        attributes,
        inputs.map((input) => idOf(backend, input)),
        outputs,
      )
      .map(outputOf);
  const readAttributes = [{ name: 'dtype', type: binding.TF_ATTR_TYPE, value: codes.float32 }];
  const tensor: NativeOps['tensor'] = (values, shape) => {
    const dtype = values instanceof Float32Array ? codes.float32 : codes.int32;
    return backend.createOutputTensor({
      ...{ id: backend.binding.createTensor(shape, dtype, values), shape: [...shape] },
      dtype,
    });
  };

  const ops: NativeOps = {
    gpu: backend.isUsingGpuDevice,
    float32: (name) => ({ name, type: binding.TF_ATTR_TYPE, value: codes.float32 }),
    type: (name, value) => ({ name, type: binding.TF_ATTR_TYPE, value: codes[value] }),
    float: (name, value) => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    ints: (name, value) => ({ name, type: binding.TF_ATTR_INT, value }),
    text: (name, value) => ({ name, type: binding.TF_ATTR_STRING, value }),
    bool: (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value }),
    shape: (name, value) => ({ name, type: binding.TF_ATTR_SHAPE, value }),
    run,
    one: (name, attributes, inputs) => run(name, attributes, inputs, 1)[0]!,
    tensor,
    scalar: (value) => tensor(Float32Array.of(value), []),
    given(read, shape) {
      const values = read();
      const made = tensor(values, shape);
      const dtype = values instanceof Float32Array ? 'float32' : 'int32';
      ops.onGiven?.(idOf(backend, made), { read, shape, dtype });
      return made;
    },
    givenScalar: (read) => ops.given(() => Float32Array.of(read()), []),
    renew: (tensor, handle, update) =>
      show(backend, tensor, () => {
        update();
        return backend.binding.executeOp('ReadVariableOp', readAttributes, [idOf(backend, handle)], 1)[0]!;
      }),
    handles: new WeakMap(),
    onGiven: undefined,
  };
  return ops;
}
