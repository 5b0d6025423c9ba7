import type { KernelConfig, NamedTensorInfoMap, Tensor, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { turnedConvolution } from '../kernels/turned-convolution.js';

const replaced = new WeakSet<TensorFlow>();

/**
 * Gradients as the WASM backend computes them fast. XNNPACK has its convolutions and its products of matrices as they are;
 * the gradient of a convolution by its input and products with a transposed operand are plain loops. What batch
 * norm's gradients spread over a batch is a product with ones. Sums over a batch turn all of it around first: a loop here,
 * over the values where they are, takes a fifth of the time.
 */
export function useFastWasmGradients(tf: TensorFlow): void {
  if (replaced.has(tf)) return;
  replaced.add(tf);
  replace(tf, 'Conv2DBackpropInput', inputGradient);
  replace(tf, 'BatchMatMul', product);
  replace(tf, 'Sum', (_, call) => sum(tf, call, () => 1));
  replace(tf, 'Mean', (_, call) => sum(tf, call, (count) => 1 / count));
  replace(tf, 'Tile', spread);
}

type Call = Parameters<KernelConfig['kernelFunc']>[0];
/** @returns undefined for what it leaves to the backend */
type Fast = (tf: TensorFlow, call: Call, kernel: KernelConfig['kernelFunc']) => Tensor | undefined;

/** Below that many values nothing is gained. */
const worthwhile = 4096;

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

/** The number of first axes that `axis` names, when it names the first ones and no other. */
function leading(tf: TensorFlow, axis: number | readonly number[], rank: number): number {
  const axes = tf.util.parseAxisParam([axis].flat() as number[], new Array<number>(rank).fill(1)).sort((a, b) => a - b);
  return axes.length < rank && axes.every((each, i) => each === i) ? axes.length : 0;
}

/** What the backend has besides TensorFlow.js' interface: a tensor's values where they are. */
interface Heap {
  typedArrayFromHeap(tensor: Tensor): Float32Array;
}

function sum(tf: TensorFlow, { inputs, attrs, backend }: Call, weight: (count: number) => number): Tensor | undefined {
  const x = inputs.x as Tensor;
  const { axis, keepDims } = attrs as unknown as { axis: number | readonly number[]; keepDims: boolean };
  const size = tf.util.sizeFromShape(x.shape);
  if (x.dtype !== 'float32' || size < worthwhile) return undefined;
  const summed = leading(tf, axis, x.shape.length);
  if (summed === 0) return undefined;
  const count = tf.util.sizeFromShape(x.shape.slice(0, summed));
  const columns = size / count;
  const values = (backend as Heap).typedArrayFromHeap(x);
  const totals = new Float64Array(columns);
  for (let row = 0; row < size; row += columns) {
    for (let column = 0; column < columns; column++) totals[column]! += values[row + column]!;
  }
  const total = tf.tensor(Float32Array.from(totals, (value) => value * weight(count)));
  const rest = x.shape.slice(summed);
  return tf.reshape(total, keepDims ? [...new Array<number>(summed).fill(1), ...rest] : rest);
}

const spread: Fast = (tf, { inputs, attrs }) => {
  const x = inputs.x as Tensor;
  const { reps } = attrs as unknown as { reps: readonly number[] };
  const firsts = reps.findLastIndex((times) => times > 1) + 1;
  const [count, size] = [tf.util.sizeFromShape(reps.slice(0, firsts)), tf.util.sizeFromShape(x.shape)];
  const isSpread = firsts < reps.length && x.shape.slice(0, firsts).every((length) => length === 1);
  if (x.dtype !== 'float32' || !isSpread || count * size < worthwhile) return undefined;
  const rows = tf.matMul(tf.ones([count, 1]), tf.reshape(x, [1, size]));
  return tf.reshape(rows, [...reps.slice(0, firsts), ...x.shape.slice(firsts)]);
};
