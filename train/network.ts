import type { LayersModel, Scalar, SymbolicTensor, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { type PreprocessingStep, preprocess, preprocessedShape } from '../runtime/model/index.js';
import type { Batch } from './batches.js';
import { clipByGlobalNorm } from './clip.js';
import { dropoutSeeds } from './dropout-seeds.js';
import { keepFrozenNormsStill } from './frozen-norms.js';
import { crossEntropy } from './kernels/cross-entropy.js';
import { useFastLayers } from './kernels/fast-layers.js';
import { useNativeReluGradient } from './kernels/relu-gradient.js';
import { type OptimizerName, type OptimizerState, optimizers } from './optimizers/index.js';
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
  /** One step of gradient descent. @returns the loss, and how many of the batch were right before it */
  step(batch: Batch, learningRate: number): { loss: number; correct: number };
  /** @returns probabilities, float32 `[count, classes]` */
  predict(images: Uint8Array, count: number): Float32Array;
  /** Runs something while the model has its averaged weights, where an average is kept. No step may be taken meanwhile. */
  averaged<T>(run: () => Promise<T>): Promise<T>;
  state(): NetworkState;
  /** @param state that `state` gave, of a network of the same architecture with the same options */
  restore(state: NetworkState): void;
  dispose(): void;
}

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
}

/**
 * The model without its last softmax: the loss is computed from logits, as log(softmax(x)) is exact where log(p) is not.
 */
function logitsOf(tf: TensorFlow, model: LayersModel): LayersModel {
  const last = model.layers.at(-1)!;
  if (last.getConfig().activation !== 'softmax' || last.getClassName() !== 'Activation') {
    throw new TypeError(
      `expected ${model.name} to end in an Activation layer with softmax, got ${last.getClassName()}`,
    );
  }
  return tf.model({ inputs: model.inputs, outputs: last.input as SymbolicTensor });
}

export function network(tf: TensorFlow, model: LayersModel, options: NetworkOptions): Network {
  const { shape, classes, preprocessing, labelSmoothing, seed = 0, clipNorm = 0 } = options;
  useNativeReluGradient(tf);
  useFastLayers(tf, model.layers);
  keepFrozenNormsStill(model.layers);
  const logits = logitsOf(tf, model);
  const variables = logits.trainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = optimizers[options.optimizer ?? 'adam'](tf, variables, options);
  const average = options.weightAverage ? weightAverage(tf, model, options.weightAverage) : undefined;
  const targets = { classes, labelSmoothing, classWeights: options.classWeights };
  const withMasksOf = dropoutSeeds(model.layers, seed);
  let steps = 0;
  const input = preprocessedShape(shape, preprocessing);
  const tensorOf = (images: Uint8Array, count: number) =>
    tf.tensor4d(preprocess(images, preprocessing, shape), [count, ...input]);

  return {
    model,
    step: (batch, learningRate) =>
      tf.tidy(() => {
        const { images, labels } = batch;
        const inputs = tensorOf(images, labels.length);
        const { probabilities, costs } = targetsOf(batch, targets);
        const truth = tf.tensor2d(probabilities, [labels.length, classes]);
        let scores: Tensor | undefined;
        const { value, grads } = withMasksOf(steps, () =>
          tf.variableGrads((): Scalar => {
            const output = logits.apply(inputs, { training: true }) as Tensor2D;
            scores = tf.keep(output.clone());
            return crossEntropy(tf, output, truth, tf.tensor1d(costs));
          }, variables),
        );
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
      steps = state.optimizer.steps;
    },
    dispose() {
      optimizer.dispose();
      average?.dispose();
      model.dispose();
    },
  };
}
