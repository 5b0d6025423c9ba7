import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the addon says of an operation's output. */
export interface Output {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** Numbers that differ from step to step. */
export interface Given {
  readonly read: () => Float32Array | Int32Array;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** Where a value inside a function comes from: which operation, and which of its outputs. */
export type Source = readonly [operation: number, output: number];

/** An operation of a function, as `machine/tensorflow/functions.cc` takes it. */
export interface FunctionOperation {
  readonly type: string;
  /** A list for an input that is a list. */
  readonly inputs: readonly (Source | readonly Source[])[];
  /** Operations that come before it, though it takes nothing from them. */
  readonly controls: readonly number[];
  readonly attributes: readonly OpAttribute[];
  /** Of a Placeholder without the attribute: a tensor of its dtype. */
  readonly tensor?: number;
}

type Codes =
  | 'TF_FLOAT'
  | 'TF_INT32'
  | 'TF_INT64'
  | 'TF_BOOL'
  | 'TF_RESOURCE'
  | 'TF_ATTR_INT'
  | 'TF_ATTR_FLOAT'
  | 'TF_ATTR_STRING'
  | 'TF_ATTR_BOOL'
  | 'TF_ATTR_TYPE'
  | 'TF_ATTR_SHAPE';

/** The addon. */
export type Binding = Readonly<Record<Codes, number>> & {
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number;
  executeOp(name: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): Output[];
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  /** Not in the addon as its makers publish it. */
  readonly makeFunction?: (
    name: string,
    operations: readonly FunctionOperation[],
    inputs: readonly number[],
    outputs: readonly Source[],
    controls: readonly number[],
  ) => void;
  readonly removeFunction?: (name: string) => void;
};

/** What tfjs-node-gpu's backend has besides TensorFlow.js' interface: any TensorFlow operation by its name. */
export interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  /** Its own kernels call operations by it, too. */
  binding: Binding;
  readonly tensorMap: { get(dataId: object): { id: number; readonly values: unknown } };
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(output: Output): Tensor;
  refCount(dataId: object): number;
}

/** The native backend, or undefined while another one computes. */
export const nativeBackend = (tf: TensorFlow): NativeBackend | undefined =>
  tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : undefined;

/** The addon's name for a tensor, which it gets if it has not got it yet. */
export function idOf(backend: NativeBackend, tensor: Tensor): number {
  const { id, values } = backend.tensorMap.get(tensor.dataId);
  // Values that TensorFlow has not got yet: the backend gives them to it.
  return values ? backend.getInputTensorIds([tensor])[0]! : id;
}

/**
 * Lets a tensor show another value, after what `before` does. Meanwhile it shows nothing, so that TensorFlow can change the
 * memory in place: while somebody looks at it, it is copied first.
 */
export function show(backend: NativeBackend, tensor: Tensor, next: () => Output): void {
  const info = backend.tensorMap.get(tensor.dataId);
  // Somebody else who looks at it must go on to see what was there.
  const alone = backend.refCount(tensor.dataId) === 1 && info.id >= 0;
  if (alone) {
    backend.binding.deleteTensor(info.id);
    info.id = -1;
  }
  const output = next();
  if (alone) info.id = output.id;
  else (tensor as unknown as { assign(value: Tensor): void }).assign(backend.createOutputTensor(output));
}
