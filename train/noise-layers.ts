import type { LayersModel, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { random } from '../runtime/common/index.js';
import { given } from './kernels/given.js';

type Layer = LayersModel['layers'][number];

/** What TensorFlow.js' layers have and do not declare. */
interface Noisy {
  call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[];
  readonly layers?: readonly Layer[];
  readonly stddev?: number;
  readonly rate?: number;
  readonly noiseShape?: unknown;
  /** Of this step: see `dropoutSeeds`. */
  readonly seed?: number;
}

type Noise = (tf: TensorFlow, layer: Noisy, x: Tensor) => Tensor | undefined;

/** Numbers drawn anew at each step from the layer's seed. */
function drawn(tf: TensorFlow, layer: Noisy, shape: readonly number[], fill: (next: () => number) => number): Tensor {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  return given(
    tf,
    () => {
      const { next } = random('noise', layer.seed!);
      for (let i = 0; i < values.length; i++) values[i] = fill(next);
      return values;
    },
    shape,
  );
}

/** A normal distribution's (Box & Muller 1958). */
const normal = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const isShare = (rate: number | undefined): rate is number => rate !== undefined && rate > 0 && rate < 1;

/** What units of a SELU network go to when they say nothing: -scale x alpha of Klambauer et al. 2017, arXiv:1706.02515. */
const silent = -1.0507009873554805 * 1.6732632423543772;

const noises: Readonly<Record<string, Noise>> = {
  GaussianNoise: (tf, layer, x) =>
    tf.add(
      x,
      drawn(tf, layer, x.shape, (next) => normal(next) * layer.stddev!),
    ),
  /** Srivastava et al. 2014, section 10. */
  GaussianDropout(tf, layer, x) {
    const { rate } = layer;
    if (!isShare(rate)) return undefined;
    const spread = Math.sqrt(rate / (1 - rate));
    return tf.mul(
      x,
      drawn(tf, layer, x.shape, (next) => 1 + normal(next) * spread),
    );
  },
  /** Klambauer et al. 2017, appendix; TensorFlow.js' own sets what it drops to the negative of it. */
  AlphaDropout(tf, layer, x) {
    const { rate } = layer;
    if (!isShare(rate) || layer.noiseShape) return undefined;
    const kept = drawn(tf, layer, x.shape, (next) => Number(next() >= rate));
    const dropped = tf.add(tf.mul(x, kept), tf.mul(tf.sub(1, kept), silent));
    const a = ((1 - rate) * (1 + rate * silent ** 2)) ** -0.5;
    return tf.add(tf.mul(dropped, a), -a * silent * rate);
  },
};

/**
 * Layers that add noise draw it from their seed, which is another at each step, on any backend: TensorFlow.js draws what nobody can
 * draw again.
 */
export function useSeededNoise(tf: TensorFlow, layers: readonly Layer[]): void {
  for (const layer of layers) {
    const noisy = layer as unknown as Noisy;
    if (noisy.layers) useSeededNoise(tf, noisy.layers);
    const noise = noises[layer.getClassName()];
    if (!noise) continue;
    const own = noisy.call.bind(layer);
    (noisy as { call: Noisy['call'] }).call = (inputs, options) => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      if (!options.training || noisy.seed === undefined) return own(inputs, options);
      return tf.tidy(() => noise(tf, noisy, x) as Tensor) ?? own(inputs, options);
    };
  }
}
