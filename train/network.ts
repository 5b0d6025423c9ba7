import type { LayersModel, Scalar, SymbolicTensor, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { type PreprocessingStep, preprocess, preprocessedShape } from '../runtime/model/index.js';
import type { Batch } from './batches.js';
import { clipByGlobalNorm } from './clip.js';
import { compiledSteps, NotRecordable } from './compiled/index.js';
import { dropoutSeeds } from './dropout-seeds.js';
import { keepFrozenNormsStill, keepStill } from './frozen-norms.js';
import { type Halves, halve } from './graph.js';
import { crossEntropy } from './kernels/cross-entropy.js';
import { useFastLayers } from './kernels/fast-layers.js';
import { given } from './kernels/given.js';
import { useNativeReluGradient } from './kernels/relu-gradient.js';
import { useSeededNoise } from './noise-layers.js';
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
  /** Why steps are not run as one operation, where it was tried and could not be done. */
  notCompiled(): string | undefined;
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
  /** Steps of so many images are run as one operation, where TensorFlow can. Default: none. */
  readonly batchSize?: number;
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
  useSeededNoise(tf, model.layers);
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

  /** What a step computes of: the next batch, and its targets. */
  let batch: Batch = { images: new Uint8Array(), labels: new Uint32Array() };
  let truth: ReturnType<typeof targetsOf> = { probabilities: new Float32Array(), costs: new Float32Array() };

  /** The loss and the logits of the batch; the weights are updated. */
  const compute = (count: number): [loss: Tensor, logits: Tensor] =>
    tf.tidy(() => {
      const { below, above } = halvesOf(count);
      const variables = variablesOf(groups.slice(0, count));
      const { length } = batch.labels;
      const images = given(tf, () => preprocess(batch.images, preprocessing, shape), [length, ...input]);
      const probabilities = given(tf, () => truth.probabilities, [length, classes]) as Tensor2D;
      const costs = given(tf, () => truth.costs, [length]) as Tensor1D;
      const features = below(images);
      let scores: Tensor | undefined;
      const { value, grads } = tf.variableGrads((): Scalar => {
        const logits = above(features) as Tensor2D;
        scores = tf.keep(logits.clone());
        return crossEntropy(tf, logits, probabilities, costs);
      }, variables);
      const gradients = variables.map((variable) => grads[variable.name]!);
      optimizer.apply(clipNorm > 0 ? clipByGlobalNorm(tf, gradients, clipNorm) : gradients);
      average?.update();
      // Kept until here, so that the tidying between does not take it.
      return [value, scores!];
    });

  let compiled = options.batchSize === undefined ? undefined : compiledSteps(tf, variablesOf(groups));
  let notCompiled: string | undefined;

  function run(count: number, learningRate: number): Tensor[] {
    const begin = () => {
      optimizer.begin(learningRate, count);
      steps++;
      average?.begin(steps);
    };
    // Every batch of the size is run so, and no other, so that a training that goes on computes what one that never stopped does.
    if (compiled && batch.labels.length === options.batchSize) {
      const keep = () => {
        const before = state();
        return () => restore(before);
      };
      try {
        return withMasksOf(
          () => steps - 1,
          () => compiled!.run(`${count}`, { begin, keep, compute: () => compute(count) }),
        );
      } catch (error) {
        if (!(error instanceof NotRecordable)) throw error;
        notCompiled = error.message;
        compiled.dispose();
        compiled = undefined;
      }
    }
    compiled?.sync();
    begin();
    return withMasksOf(
      () => steps - 1,
      () => compute(count),
    );
  }

  const state = (): NetworkState => {
    compiled?.sync();
    return {
      weights: model.weights.map((weight) => weight.read().dataSync<'float32'>().slice()),
      average: average?.state() ?? [],
      optimizer: optimizer.state(),
    };
  };

  function restore(state: NetworkState): void {
    compiled?.sync();
    tf.tidy(() => {
      for (const [i, weight] of model.weights.entries())
        weight.write(tf.tensor(state.weights[i]!, weight.shape as number[]));
    });
    average?.restore(state.average);
    // Last: it takes the variables' values over.
    optimizer.restore(state.optimizer);
    // Of the first group, which trains from the first step on.
    steps = state.optimizer.steps;
  }

  return {
    model,
    step(next, learningRate, count = groups.length) {
      batch = next;
      truth = targetsOf(next, targets);
      const [loss, logits] = run(count, learningRate);
      const correct = countCorrect(logits!.dataSync<'float32'>(), next.labels);
      const result = { loss: loss!.dataSync()[0]!, correct };
      tf.dispose([loss!, logits!]);
      return result;
    },
    notCompiled: () => notCompiled,
    predict(images, count) {
      compiled?.sync();
      return tf.tidy(() => (model.predict(tensorOf(images, count)) as Tensor).dataSync<'float32'>().slice());
    },
    averaged(run) {
      compiled?.sync();
      return average ? average.during(run) : run();
    },
    state,
    restore,
    dispose() {
      compiled?.dispose();
      optimizer.dispose();
      average?.dispose();
      model.dispose();
    },
  };
}

const variablesOf = (groups: readonly { readonly variables: readonly Variable[] }[]) =>
  groups.flatMap(({ variables }) => variables);
