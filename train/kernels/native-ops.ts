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
    executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): Output[];
    deleteTensor(id: number): void;
  };
  readonly tensorMap: { get(dataId: object): { id: number } };
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(output: Output): Tensor;
  refCount(dataId: object): number;
}

/** The types of TensorFlow (tensorflow/core/framework/types.proto) that its TensorFlow.js backend does not name. */
const uint16 = 17;

/** Calls TensorFlow's own operations. https://www.tensorflow.org/api_docs/python/tf/raw_ops */
export interface NativeOps {
  /** Whether they run on a GPU. */
  readonly gpu: boolean;
  /** `T: float32` */
  float32(name?: string): OpAttribute;
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
   * Runs an update of what a tensor shows and lets it show what came of it. Meanwhile it shows nothing, so that TensorFlow
   * can change the memory in place: while somebody looks at it, it is copied first.
   * @param update gives a tensor of the same shape, whose memory the first one has from then on
   */
  renew(tensor: Tensor, update: () => Tensor): void;
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
  const run: NativeOps['run'] = (name, attributes, inputs, outputs) =>
    binding.executeOp(name, attributes, backend.getInputTensorIds(inputs), outputs).map(outputOf);

  return {
    gpu: backend.isUsingGpuDevice,
    float32: (name = 'T') => ({ name, type: binding.TF_ATTR_TYPE, value: codes.float32 }),
    type: (name, value) => ({ name, type: binding.TF_ATTR_TYPE, value: codes[value] }),
    float: (name, value) => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    ints: (name, value) => ({ name, type: binding.TF_ATTR_INT, value }),
    text: (name, value) => ({ name, type: binding.TF_ATTR_STRING, value }),
    bool: (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value }),
    shape: (name, value) => ({ name, type: binding.TF_ATTR_SHAPE, value }),
    run,
    one: (name, attributes, inputs) => run(name, attributes, inputs, 1)[0]!,
    renew(tensor, update) {
      const info = backend.tensorMap.get(tensor.dataId);
      // Somebody else who looks at it must go on to see what was there.
      const alone = backend.refCount(tensor.dataId) === 1 && info.id >= 0;
      if (alone) {
        binding.deleteTensor(info.id);
        info.id = -1;
      }
      const fresh = update();
      if (alone) {
        // The fresh tensor is left with nothing to give back.
        const lent = backend.tensorMap.get(fresh.dataId);
        info.id = lent.id;
        lent.id = -1;
        fresh.dispose();
      } else (tensor as unknown as { assign(value: Tensor): void }).assign(fresh);
    },
  };
}
