import type { LayersModel, Scalar, SymbolicTensor, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { type PreprocessingStep, preprocess, preprocessedShape } from '../runtime/model/index.js';
import type { Batch } from './batches.js';
import { clipByGlobalNorm } from './clip.js';
import { dropoutSeeds } from './dropout-seeds.js';
import { keepFrozenNormsStill, keepStill } from './frozen-norms.js';
import { type Halves, halve } from './graph.js';
import { crossEntropy } from './kernels/cross-entropy.js';
import { useFastLayers } from './kernels/fast-layers.js';
import { useNativeReluGradient } from './kernels/relu-gradient.js';
import { grouped, type OptimizerName, type OptimizerState, optimizers } from './optimizers/index.js';
import { countCorrect, targetsOf } from './targets.js';
import { weightAverage } from './weight-average.js';

/** All that a network has learnt and remembers: one that is given it goes on as if it had never stopped. */
export interface NetworkState {
  /** float32, in the order of `model.weights` */
  readonly weights: readonly Float32Array[];
  /** Likewise; empty where no average is kept. */
  readonly average: readonly Float32Array[];
  readonly optimizer: OptimizerState;
}

/** A network with its optimiser: takes steps, and predicts. */
export interface Network {
  readonly model: LayersModel;
  /**
   * One step of gradient descent.
   * @param groups how many of the groups train; the others keep the weights that they have. Default: all
   * @returns the loss, and how many of the batch were right before it
   */
  step(batch: Batch, learningRate: number, groups?: number): { loss: number; correct: number };
  /** @returns probabilities, float32 `[count, classes]` */
  predict(images: Uint8Array, count: number): Float32Array;
  /** Runs something while the model has its averaged weights, where an average is kept. No step may be taken meanwhile. */
  averaged<T>(run: () => Promise<T>): Promise<T>;
  state(): NetworkState;
  /** @param state that `state` gave, of a network of the same architecture with the same options */
  restore(state: NetworkState): void;
  dispose(): void;
}

type Layer = LayersModel['layers'][number];

export interface NetworkOptions {
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly preprocessing: readonly PreprocessingStep[];
  readonly labelSmoothing: number;
  /** Of dropout's masks: each comes from (seed, layer, step). Default: 0. */
  readonly seed?: number;
  /** What a mistake costs in each class. Default: the same in all. */
  readonly classWeights?: readonly number[] | undefined;
  /** Default: adam. */
  readonly optimizer?: OptimizerName;
  /** Of `sgd`. Default: 0.9. */
  readonly momentum?: number;
  /** Of `sgd`. Default: false. */
  readonly nesterov?: boolean;
  /** Decoupled, as a share of the learning rate. Default: 0. */
  readonly weightDecay?: number;
  /** The gradients' longest global norm. Default: 0, no limit. */
  readonly clipNorm?: number;
  /** The decay of a moving average of the weights. Default: 0, none. */
  readonly weightAverage?: number;
  /** Layers that begin to train one group after another, each with its share of the learning rate. Default: all in one. */
  readonly groups?: readonly { readonly layers: readonly Layer[]; readonly rate: number }[] | undefined;
  /** Layers that predict, also while the others train: their dropout drops nothing. Default: none. */
  readonly still?: readonly Layer[];
}

/**
 * What the model's last softmax takes: the loss is computed from logits, as log(softmax(x)) is exact where log(p) is not.
 */
function logitsOf(model: LayersModel): SymbolicTensor {
  const last = model.layers.at(-1)!;
  if (last.getConfig().activation !== 'softmax' || last.getClassName() !== 'Activation') {
    throw new TypeError(
      `expected ${model.name} to end in an Activation layer with softmax, got ${last.getClassName()}`,
    );
  }
  return last.input as SymbolicTensor;
}

export function network(tf: TensorFlow, model: LayersModel, options: NetworkOptions): Network {
  const { shape, classes, preprocessing, labelSmoothing, seed = 0, clipNorm = 0 } = options;
  useNativeReluGradient(tf);
  useFastLayers(tf, model.layers);
  keepFrozenNormsStill(tf, model.layers);
  keepStill(options.still ?? []);
  const output = logitsOf(model);
  const groups = (options.groups ?? [{ layers: model.layers, rate: 1 }]).map(({ layers, rate }) => ({
    layers: layers.filter(({ trainableWeights }) => trainableWeights.length > 0),
    variables: layers.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read() as Variable)),
    rate,
  }));
  const optimizer = grouped(groups, (variables) => optimizers[options.optimizer ?? 'adam'](tf, variables, options));
  const halves = new Map<number, Halves>();
  /** The network in two halves, where so many groups train. */
  const halvesOf = (count: number): Halves => {
    const known = halves.get(count);
    if (known) return known;
    const trained = new Set(groups.slice(0, count).flatMap(({ layers }) => layers));
    const made = halve(tf, model.inputs[0]!, output, (layer) => trained.has(layer));
    halves.set(count, made);
    return made;
  };
  const average = options.weightAverage ? weightAverage(tf, model, options.weightAverage) : undefined;
  const targets = { classes, labelSmoothing, classWeights: options.classWeights };
  const withMasksOf = dropoutSeeds(model.layers, seed);
  let steps = 0;
  const input = preprocessedShape(shape, preprocessing);
  const tensorOf = (images: Uint8Array, count: number) =>
    tf.tensor4d(preprocess(images, preprocessing, shape), [count, ...input]);

  return {
    model,
    step: (batch, learningRate, count = groups.length) =>
      tf.tidy(() => {
        const { below, above } = halvesOf(count);
        const variables = groups.slice(0, count).flatMap((group) => group.variables);
        const { images, labels } = batch;
        const inputs = tensorOf(images, labels.length);
        const { probabilities, costs } = targetsOf(batch, targets);
        const truth = tf.tensor2d(probabilities, [labels.length, classes]);
        let scores: Tensor | undefined;
        const { value, grads } = withMasksOf(steps, () => {
          const features = below(inputs);
          return tf.variableGrads((): Scalar => {
            const logits = above(features) as Tensor2D;
            scores = tf.keep(logits.clone());
            return crossEntropy(tf, logits, truth, tf.tensor1d(costs));
          }, variables);
        });
        const gradients = variables.map((variable) => grads[variable.name]!);
        optimizer.apply(clipNorm > 0 ? clipByGlobalNorm(tf, gradients, clipNorm) : gradients, learningRate);
        steps++;
        average?.update(steps);
        const correct = countCorrect(scores!.dataSync<'float32'>(), labels);
        scores!.dispose();
        return { loss: value.dataSync()[0]!, correct };
      }),
    predict: (images, count) =>
      tf.tidy(() => (model.predict(tensorOf(images, count)) as Tensor).dataSync<'float32'>().slice()),
    averaged: (run) => (average ? average.during(run) : run()),
    state: () => ({
      weights: model.weights.map((weight) => weight.read().dataSync<'float32'>().slice()),
      average: average?.state() ?? [],
      optimizer: optimizer.state(),
    }),
    restore(state) {
      tf.tidy(() => {
        for (const [i, weight] of model.weights.entries())
          weight.write(tf.tensor(state.weights[i]!, weight.shape as number[]));
      });
      average?.restore(state.average);
      // Last: it takes the variables' values over.
      optimizer.restore(state.optimizer);
      // Of the first group, which trains from the first step on.
      steps = state.optimizer.steps;
    },
    dispose() {
      optimizer.dispose();
      average?.dispose();
      model.dispose();
    },
  };
}
