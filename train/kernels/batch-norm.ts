import type { LayersModel, Rank, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type NativeOps, nativeOps } from './native-ops.js';

type Layer = LayersModel['layers'][number];

interface Weight {
  read(): Tensor1D;
  write(value: Tensor): unknown;
}

/** What TensorFlow.js' layer has and does not declare. */
interface BatchNormLayer {
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly gamma?: Weight;
  readonly beta?: Weight;
  readonly movingMean: Weight;
  readonly movingVariance: Weight;
  call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[];
}

/** One step: the normalised images with their gradient, and the batch's mean and variance. */
function fusedBatchNorm(tf: TensorFlow, ops: NativeOps, x: Tensor4D, gamma: Tensor1D, beta: Tensor1D, epsilon: number) {
  const attributes = [
    ops.float32('T'),
    ops.float32('U'),
    ops.float('epsilon', epsilon),
    ops.text('data_format', 'NHWC'),
    ops.bool('is_training', true),
  ];
  const statistics: Tensor[] = [];
  const normalise = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: Tensor[]) => void;
    const empty = tf.zeros([0]);
    const forward = [ops.float('exponential_avg_factor', 1), ...attributes];
    const [y, mean, variance, ...reserved] = ops.run('FusedBatchNormV3', forward, [x, gamma, beta, empty, empty], 6);
    statistics.push(tf.keep(mean!), tf.keep(variance!));
    save([x, gamma, ...reserved]);
    return {
      value: y!,
      gradFunc: (dy: Tensor | Tensor[], saved: Tensor[]) => {
        const [input, scale, ...kept] = saved;
        const inputs = [dy as Tensor, input!, scale!, ...kept];
        // Of x, scale and offset; two more that nobody uses.
        return ops.run('FusedBatchNormGradV3', attributes, inputs, 5).slice(0, 3);
      },
    };
  });
  const value = normalise(x, gamma, beta);
  const [mean, variance] = statistics as [Tensor, Tensor];
  return { value, mean, variance };
}

function trainFused(tf: TensorFlow, ops: NativeOps, layer: BatchNormLayer, x: Tensor4D): Tensor {
  const depth = [x.shape[3]];
  const gamma = layer.gamma?.read() ?? tf.ones<Rank.R1>(depth as [number]);
  const beta = layer.beta?.read() ?? tf.zeros<Rank.R1>(depth as [number]);
  const { value, mean, variance } = fusedBatchNorm(tf, ops, x, gamma, beta, layer.epsilon);
  tf.tidy(() => {
    const blend = (weight: Weight, fresh: Tensor) =>
      weight.write(tf.add(tf.mul(weight.read(), layer.momentum), tf.mul(fresh, 1 - layer.momentum)));
    // TensorFlow gives the sample's variance (over n - 1); the layer keeps the batch's (over n).
    const count = x.size / x.shape[3];
    blend(layer.movingMean, mean);
    blend(layer.movingVariance, count > 1 ? tf.mul(variance, (count - 1) / count) : variance);
  });
  tf.dispose([mean, variance]);
  return value;
}

/**
 * Lets the batch normalisation layers of a model train with TensorFlow's fused kernels: images normalised over their last
 * axis. Everything else (other shapes, inference, other backends) stays as TensorFlow.js has it.
 */
export function useFusedBatchNorm(tf: TensorFlow, layers: readonly Layer[]): void {
  for (const layer of layers) {
    if (layer.getClassName() !== 'BatchNormalization') continue;
    const norm = layer as unknown as BatchNormLayer;
    const composed = norm.call.bind(layer);
    norm.call = (inputs, options) => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const ops = nativeOps(tf);
      const fits = x.rank === 4 && (norm.axis === -1 || norm.axis === 3);
      if (!ops || !options.training || !fits) return composed(inputs, options);
      return tf.tidy(() => trainFused(tf, ops, norm, x as Tensor4D));
    };
  }
}
