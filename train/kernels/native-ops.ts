import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the addon says of an operation's output. */
interface Output {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** What tfjs-node-gpu's backend has besides TensorFlow.js' interface: any TensorFlow operation by its name. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: Readonly<
    Record<
      | 'TF_FLOAT'
      | 'TF_INT32'
      | 'TF_INT64'
      | 'TF_BOOL'
      | 'TF_ATTR_INT'
      | 'TF_ATTR_FLOAT'
      | 'TF_ATTR_STRING'
      | 'TF_ATTR_BOOL'
      | 'TF_ATTR_TYPE'
      | 'TF_ATTR_SHAPE',
      number
    >
  > & {
    createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
    executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): Output[];
    deleteTensor(id: number): void;
  };
  readonly tensorMap: { get(dataId: object): { id: number; readonly values: unknown } };
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(output: Output): Tensor;
  refCount(dataId: object): number;
}

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
   * A tensor of numbers that TensorFlow has at once: the array may be used again. TensorFlow.js' own tensors hold on to theirs
   * until they are used, and take longer to be made.
   */
  tensor(values: Float32Array | Int32Array, shape: readonly number[]): Tensor;
  /** float32 */
  scalar(value: number): Tensor;
  /**
   * Runs an update of what a tensor shows and lets it show what a variable of TensorFlow's then holds. Meanwhile it shows
   * nothing, so that TensorFlow can change the memory in place: while somebody looks at it, it is copied first.
   * @param handle of a float32 variable of the tensor's shape
   */
  renew(tensor: Tensor, handle: Tensor, update: () => void): void;
}

/** The native backend's operations, or undefined while another backend computes. */
export function nativeOps(tf: TensorFlow): NativeOps | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  const backend = tf.backend() as unknown as NativeBackend;
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
  const idOf = (tensor: Tensor): number => {
    const { id, values } = backend.tensorMap.get(tensor.dataId);
    // Values that TensorFlow has not got yet: the backend gives them to it.
    return values ? backend.getInputTensorIds([tensor])[0]! : id;
  };
  const run: NativeOps['run'] = (name, attributes, inputs, outputs) =>
    binding.executeOp(name, attributes, inputs.map(idOf), outputs).map(outputOf);
  const readAttributes = [{ name: 'dtype', type: binding.TF_ATTR_TYPE, value: codes.float32 }];
  const tensor: NativeOps['tensor'] = (values, shape) => {
    const dtype = values instanceof Float32Array ? codes.float32 : codes.int32;
    return backend.createOutputTensor({ id: binding.createTensor(shape, dtype, values), shape: [...shape], dtype });
  };

  return {
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
    renew(tensor, handle, update) {
      const info = backend.tensorMap.get(tensor.dataId);
      // Somebody else who looks at it must go on to see what was there.
      const alone = backend.refCount(tensor.dataId) === 1 && info.id >= 0;
      if (alone) {
        binding.deleteTensor(info.id);
        info.id = -1;
      }
      update();
      const [fresh] = binding.executeOp('ReadVariableOp', readAttributes, [idOf(handle)], 1);
      if (alone) info.id = fresh!.id;
      else (tensor as unknown as { assign(value: Tensor): void }).assign(backend.createOutputTensor(fresh!));
    },
  };
}
