import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';

interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What tfjs-node-gpu's backend has besides TensorFlow.js' interface: any TensorFlow operation by its name. */
interface NativeBackend {
  readonly binding: Readonly<
    Record<'TF_FLOAT' | 'TF_ATTR_FLOAT' | 'TF_ATTR_STRING' | 'TF_ATTR_BOOL' | 'TF_ATTR_TYPE' | 'TF_ATTR_SHAPE', number>
  >;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

/** Calls TensorFlow's own operations. https://www.tensorflow.org/api_docs/python/tf/raw_ops */
export interface NativeOps {
  /** `T: float32` */
  float32(name?: string): OpAttribute;
  float(name: string, value: number): OpAttribute;
  text(name: string, value: string): OpAttribute;
  bool(name: string, value: boolean): OpAttribute;
  shape(name: string, value: readonly number[]): OpAttribute;
  /** @returns its first `outputs` outputs; whoever calls disposes of them, or a `tf.tidy` around it */
  run(name: string, attributes: readonly OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[];
}

/** The native backend's operations, or undefined while another backend computes. */
export function nativeOps(tf: TensorFlow): NativeOps | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  return {
    float32: (name = 'T') => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }),
    float: (name, value) => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    text: (name, value) => ({ name, type: binding.TF_ATTR_STRING, value }),
    bool: (name, value) => ({ name, type: binding.TF_ATTR_BOOL, value }),
    shape: (name, value) => ({ name, type: binding.TF_ATTR_SHAPE, value }),
    run: (name, attributes, inputs, outputs) => backend.executeMultipleOutputs(name, attributes, inputs, outputs),
  };
}
