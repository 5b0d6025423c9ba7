import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { OnwardError, seedOf, unknownName } from '../../runtime/common/index.js';
import { photographs } from '../augment/index.js';
import { callsTo } from '../graph.js';
import type { Recipe } from '../recipe.js';
import { warmupCosine } from '../schedule.js';
import type { Stage } from '../unfreezing.js';
import type { Backbone } from './backbone.js';
import { type PretrainedWeights, takePretrained } from './pretrained.js';

/** A layer's name that no layer has yet. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let i = 2; ; i++) if (!taken.has(`${name}_${i}`)) return `${name}_${i}`;
}

/** What every recipe has that puts a new head on a trained network. */
export const headRecipe = {
  batchSize: 32,
  epochs: { native: 12, wasm: 6 },
  leastSteps: 600,
  labelSmoothing: 0.05,
  augmentation: photographs,
  learningRate: warmupCosine({ peak: 2e-3, warmup: 0.1 }),
} satisfies Partial<Recipe>;

/**
 * A new head: global average pooling where a feature map comes, dropout, dense, softmax.
 * @param value feature map `[N, H, W, C]` or features `[N, C]`
 */
export function withHead(
  tf: TensorFlow,
  {
    input,
    value,
    classes,
    seed,
    name,
  }: { input: SymbolicTensor; value: SymbolicTensor; classes: number; seed: number; name: string },
): LayersModel {
  const { layers } = tf;
  const taken = new Set(callsTo(value).map(({ layer }) => layer.name));
  const called = (wanted: string) => freeName(wanted, taken);
  const pooled =
    value.shape.length === 4 ? layers.globalAveragePooling2d({ name: called('features') }).apply(value) : value;
  const dropped = layers.dropout({ name: called('dropout'), rate: 0.2, seed: seedOf(seed, 'dropout') }).apply(pooled);
  const kernelInitializer = tf.initializers.glorotUniform({ seed: seedOf(seed, 'logits') });
  const logits = layers.dense({ name: called('logits'), units: classes, kernelInitializer }).apply(dropped);
  const output = layers.activation({ name: called('probabilities'), activation: 'softmax' }).apply(logits);
  return tf.model({ inputs: input, outputs: output as SymbolicTensor, name });
}

export interface FineTuneOptions {
  /** None: fresh ones, drawn from the seed. */
  readonly weights: PretrainedWeights | undefined;
  /** The layer after which the head begins. Default: the last one. */
  readonly cut?: string | undefined;
  /** Whether the network is frozen and unfrozen by and by. Default: where it has weights. */
  readonly unfreezes?: boolean;
}

/** What a layer gives, among those that lead to a tensor. @throws OnwardError kind `usage` with the closest name */
function outputOf(last: SymbolicTensor, cut: string): SymbolicTensor {
  const calls = callsTo(last);
  const found = calls.find(({ layer }) => layer.name === cut);
  if (found) return found.outputs[0]!;
  throw new OnwardError(
    'usage',
    `--cut: ${unknownName(
      'layer',
      cut,
      calls.map(({ layer }) => layer.name),
    )}`,
  );
}

/**
 * A recipe that trains a new head on a network of the registry, and then, stage after stage, the network.
 * Weights are read when it builds, so that a file of another network is an error before the first step.
 */
export function fineTuned(
  backbone: Backbone,
  { weights, cut = backbone.cut, unfreezes = weights !== undefined }: FineTuneOptions,
): Recipe {
  return {
    ...headRecipe,
    name: backbone.name,
    description: backbone.description,
    channels: 3,
    preprocessing: () => backbone.preprocessing(weights),
    backbone: {
      name: backbone.name,
      cut,
      weights: weights
        ? { file: fileNameOf(weights.name), sha256: weights.sha256, published: weights.isPublished }
        : null,
    },
    build(tf, { shape, classes, seed }) {
      const [height, width] = shape;
      if (Math.min(height, width) < 32) {
        throw new OnwardError(
          'input',
          `expected images of at least 32x32 for ${backbone.name}, got ${width}x${height}; give --size 32 or more`,
        );
      }
      const input = tf.input({ shape: [...shape], name: 'image' });
      const last = backbone.build(tf, input, weights ? undefined : seed);
      if (weights) {
        const layers = callsTo(last).map(({ layer }) => layer);
        takePretrained(tf, layers, weights, backbone.before);
      }
      const name = backbone.name.replaceAll('-', '_');
      return withHead(tf, { input, value: outputOf(last, cut), classes, seed, name });
    },
    // From scratch, all of it trains from the first step on, its normalisations too.
    ...(unfreezes && { stages: (model: LayersModel) => stagesOf(model, backbone) }),
  };
}

const fileNameOf = (path: string) => path.split(/[\\/]/).at(-1)!;

/** The stages of which a model has layers. */
function stagesOf(model: LayersModel, { stages }: Backbone): Stage[] {
  return stages
    .map(({ name, layers }) => ({
      name,
      layers: model.layers.filter((layer) => layers.test(layer.name)).map((layer) => layer.name),
    }))
    .filter(({ layers }) => layers.length > 0);
}
