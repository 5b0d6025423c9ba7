import type { LayersModel, Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { nativeOps } from './kernels/native-ops.js';
import { stillNorm } from './kernels/still-norm.js';

type Layer = LayersModel['layers'][number];
interface Callable {
  call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[];
  readonly layers?: readonly Layer[];
}

interface Weight {
  read(): Tensor1D;
}

/** What TensorFlow.js' layer has and does not declare. */
interface Norm extends Callable {
  readonly axis: number;
  readonly epsilon: number;
  readonly gamma?: Weight;
  readonly beta?: Weight;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
}

/** With TensorFlow's kernels, and a gradient of one product. @returns undefined for what it leaves to TensorFlow.js */
function still(tf: TensorFlow, { axis, epsilon, gamma, beta, movingMean, movingVariance }: Norm, x: Tensor) {
  const ops = nativeOps(tf);
  if (!ops || (x.rank !== 4 && x.rank !== 2) || (axis !== -1 && axis !== x.rank - 1)) return undefined;
  const depth: [number] = [x.shape.at(-1)!];
  return stillNorm(tf, ops, {
    ...{ x, epsilon, movingMean: movingMean.read(), movingVariance: movingVariance.read() },
    gamma: gamma?.read() ?? (tf.ones(depth) as Tensor1D),
    beta: beta?.read() ?? (tf.zeros(depth) as Tensor1D),
  });
}

/**
 * Batch normalisations that are not trained use the statistics that they have, and leave them as they are, also while the
 * rest is trained: as in Keras (https://keras.io/guides/transfer_learning), and unlike TensorFlow.js.
 */
export function keepFrozenNormsStill(tf: TensorFlow, layers: readonly Layer[]): void {
  for (const layer of layers) {
    const norm = layer as unknown as Norm;
    if (norm.layers) keepFrozenNormsStill(tf, norm.layers);
    if (layer.getClassName() !== 'BatchNormalization' || layer.trainable) continue;
    const call = norm.call.bind(layer);
    norm.call = (inputs, options) => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const fast = options.training ? tf.tidy(() => still(tf, norm, x) as Tensor) : undefined;
      return fast ?? call(inputs, { ...options, training: false });
    };
  }
}

/** Layers that do something else in training (dropout, noise) predict, also while the rest is trained. */
export function keepStill(layers: readonly Layer[]): void {
  for (const layer of layers) {
    if (!/Dropout|Noise/.test(layer.getClassName())) continue;
    const callable = layer as unknown as Callable;
    const call = callable.call.bind(layer);
    callable.call = (inputs, options) => call(inputs, { ...options, training: false });
  }
}
