import type { LayersModel, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { globalAveragePool } from './average-pool.js';
import { batchNorm } from './batch-norm.js';
import { conv2d } from './conv2d.js';
import type { ConvolutionSettings } from './convolution.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { maxPool, type Pooling } from './max-pool.js';
import { type NativeOps, nativeOps } from './native-ops.js';
import { hasOneDnnKernels } from './one-dnn.js';
import { pooledConvolutions } from './pooled-convolutions.js';

type Layer = LayersModel['layers'][number];

interface Weight<T extends Tensor> {
  read(): T;
  write(value: Tensor): unknown;
}

/** How a layer trains on the native backend. @returns undefined for what it leaves to TensorFlow.js */
type FastLayer<L> = (tf: TensorFlow, ops: NativeOps, layer: L, x: Tensor, around: Around) => Tensor | undefined;

/** Where relu of a convolution and its bias' gradient wait until its values are pooled. */
interface Around {
  readonly isPooled: boolean;
  readonly pooled: Conv2DLayer | undefined;
}

interface Activated {
  readonly activation?: { getClassName(): string; apply(x: Tensor): Tensor } | null;
}

/** Relu is a part of the kernel before it; any other activation follows it. */
function activated(layer: Activated, compute: (relu: boolean) => Tensor): Tensor {
  const name = layer.activation?.getClassName() ?? 'linear';
  const output = compute(name === 'relu');
  return name === 'relu' || name === 'linear' ? output : layer.activation!.apply(output);
}

interface Conv2DLayer extends Activated, ConvolutionSettings {
  readonly dataFormat: string;
  readonly dilationRate: readonly [number, number];
  readonly kernel: Weight<Tensor4D>;
  readonly bias: Weight<Tensor1D> | null;
}

const convolution: FastLayer<Conv2DLayer> = (tf, ops, layer, x, { isPooled }) => {
  const { dataFormat, dilationRate, strides, padding, kernel, bias } = layer;
  if (dataFormat !== 'channelsLast' || dilationRate.some((rate) => rate !== 1)) return undefined;
  const given = { x: x as Tensor4D, filter: kernel.read(), bias: bias?.read(), strides, padding };
  if (isPooled && hasOneDnnKernels(tf, ops)) return conv2d(tf, ops, { ...given, relu: false, isPooled });
  return activated(layer, (relu) => conv2d(tf, ops, { ...given, relu }));
};

interface DenseLayer extends Activated {
  readonly kernel: Weight<Tensor2D>;
  readonly bias: Weight<Tensor1D> | null;
}

const fullyConnected: FastLayer<DenseLayer> = (tf, ops, layer, x) => {
  if (x.rank !== 2) return undefined;
  const given = { x: x as Tensor2D, kernel: layer.kernel.read(), bias: layer.bias?.read() };
  return activated(layer, (relu) => dense(tf, ops, { ...given, relu }));
};

interface PoolingLayer extends Pooling {
  readonly dataFormat: string;
}

const maxPooling: FastLayer<PoolingLayer> = (tf, ops, layer, x, { pooled }) => {
  if (layer.dataFormat !== 'channelsLast' || !hasOneDnnKernels(tf, ops)) return undefined;
  const { poolSize, strides, padding } = layer;
  const after = pooled && { bias: pooled.bias?.read(), relu: pooled.activation?.getClassName() === 'relu' };
  return maxPool(tf, ops, x as Tensor4D, { poolSize, strides, padding, ...after });
};

const averaging: FastLayer<{ readonly dataFormat: string }> = (tf, ops, layer, x) =>
  layer.dataFormat === 'channelsLast' ? globalAveragePool(tf, ops, x as Tensor4D) : undefined;

interface DropoutLayer {
  readonly rate: number;
  readonly noiseShape?: unknown;
  readonly seed?: number;
}

const dropping: FastLayer<DropoutLayer> = (tf, ops, layer, x) => {
  const { rate, noiseShape } = layer;
  if (rate <= 0 || rate >= 1 || noiseShape || layer.seed === undefined) return undefined;
  return dropout(tf, ops, x, rate, () => layer.seed!);
};

interface BatchNormLayer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma?: Weight<Tensor1D>;
  readonly beta?: Weight<Tensor1D>;
  readonly movingMean: Weight<Tensor1D>;
  readonly movingVariance: Weight<Tensor1D>;
}

const normalising: FastLayer<BatchNormLayer> = (tf, ops, layer, x) => {
  const { axis, momentum, epsilon, movingMean, movingVariance } = layer;
  if ((x.rank !== 4 && x.rank !== 2) || (axis !== -1 && axis !== x.rank - 1)) return undefined;
  const depth: [number] = [x.shape.at(-1)!];
  const { y, mean, variance } = batchNorm(tf, ops, {
    ...{ x, momentum, epsilon, movingMean: movingMean.read(), movingVariance: movingVariance.read() },
    gamma: layer.gamma?.read() ?? (tf.ones(depth) as Tensor1D),
    beta: layer.beta?.read() ?? (tf.zeros(depth) as Tensor1D),
  });
  movingMean.write(mean);
  movingVariance.write(variance);
  tf.dispose([mean, variance]);
  return y;
};

/** By class name. To add one, write its kernel in a file and list it here. */
const fastLayers: Readonly<Record<string, FastLayer<never>>> = {
  Conv2D: convolution,
  Dense: fullyConnected,
  MaxPooling2D: maxPooling,
  GlobalAveragePooling2D: averaging,
  Dropout: dropping,
  BatchNormalization: normalising,
};

/** What TensorFlow.js' layers have and do not declare. */
interface Callable {
  call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[];
  readonly layers?: readonly Layer[];
}

/**
 * Lets the layers of a model, those of models in it included, train with TensorFlow's own kernels and their gradients.
 * Everything else (other settings, inference, other backends) stays as TensorFlow.js has it.
 */
export function useFastLayers(tf: TensorFlow, layers: readonly Layer[]): void {
  const convolutions = pooledConvolutions(layers);
  const pooled = new Set(convolutions.values());
  for (const layer of layers) {
    const around = {
      isPooled: pooled.has(layer),
      pooled: convolutions.get(layer) as unknown as Conv2DLayer | undefined,
    };
    const callable = layer as unknown as Callable;
    if (callable.layers) useFastLayers(tf, callable.layers);
    const fast = fastLayers[layer.getClassName()];
    if (!fast) continue;
    const composed = callable.call.bind(layer);
    callable.call = (inputs, options) => {
      const ops = options.training ? nativeOps(tf) : undefined;
      if (!ops) return composed(inputs, options);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const compute = () => fast(tf, ops, layer as never, x, around);
      return tf.tidy(compute as () => Tensor) ?? composed(inputs, options);
    };
  }
}
