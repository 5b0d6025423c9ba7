import type { KernelConfig, NamedTensorInfoMap, Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { turnedConvolution } from '../kernels/turned-convolution.js';

const replaced = new WeakSet<TensorFlow>();

/**
 * Gradients as the WASM backend computes them fast. XNNPACK has its convolutions and its products of matrices as they are;
 * the gradient of a convolution by its input and products with a transposed operand are plain loops.
 */
export function useFastWasmGradients(tf: TensorFlow): void {
  if (replaced.has(tf)) return;
  replaced.add(tf);
  replace(tf, 'Conv2DBackpropInput', inputGradient);
  replace(tf, 'BatchMatMul', product);
}

type Call = Parameters<KernelConfig['kernelFunc']>[0];
/** @returns undefined for what it leaves to the backend */
type Fast = (tf: TensorFlow, call: Call, kernel: KernelConfig['kernelFunc']) => Tensor | undefined;

function replace(tf: TensorFlow, kernelName: string, fast: Fast): void {
  const kernel = tf.getKernel(kernelName, 'wasm');
  if (!kernel) return;
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    ...kernel,
    kernelFunc: (call) => tf.tidy(() => fast(tf, call, kernel.kernelFunc) as Tensor) ?? kernel.kernelFunc(call),
  });
}

interface Convolution {
  readonly strides: readonly [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dataFormat: string;
  readonly dilations?: readonly [number, number] | number;
}

const inputGradient: Fast = (tf, { inputs, attrs }) => {
  const { strides, pad, dataFormat, dilations = 1 } = attrs as unknown as Convolution;
  const isPlain = [strides, dilations].flat().every((step) => step === 1) && dataFormat === 'NHWC';
  if (!isPlain || typeof pad === 'number') return undefined;
  return turnedConvolution(tf, inputs.filter as Tensor4D, inputs.dy as Tensor4D, pad);
};

interface Product {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const product: Fast = (tf, call, kernel) => {
  const { transposeA, transposeB } = call.attrs as unknown as Product;
  const [a, b] = [call.inputs.a as Tensor, call.inputs.b as Tensor];
  if (a.shape.length !== 2 || b.shape.length !== 2 || (!transposeA && !transposeB)) return undefined;
  const times = (left: Tensor, right: Tensor) =>
    kernel({
      ...call,
      inputs: { a: left, b: right } as NamedTensorInfoMap,
      attrs: { transposeA: false, transposeB: false },
    }) as Tensor;
  const left = transposeA ? tf.transpose(a) : a;
  if (!transposeB) return times(left, b);
  // a b' = (b a')': what is turned is the smaller one (a batch) and not the larger one (a layer's weights).
  if (!transposeA && tf.util.sizeFromShape(a.shape) < tf.util.sizeFromShape(b.shape)) {
    return tf.transpose(tf.engine().makeTensorFromTensorInfo(times(b, tf.transpose(a))));
  }
  return times(left, tf.transpose(b));
};
