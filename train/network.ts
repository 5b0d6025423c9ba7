import type { LayersModel, Scalar, SymbolicTensor, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { type PreprocessingStep, preprocess, preprocessedShape } from '../runtime/model/index.js';
import type { Batch } from './batches.js';
import { useFusedBatchNorm } from './kernels/batch-norm.js';
import { useNativeReluGradient } from './kernels/relu-gradient.js';
import { adam } from './optimizers/adam.js';

/** A network with its optimiser: takes steps, and predicts. */
export interface Network {
  readonly model: LayersModel;
  /** One step of gradient descent. @returns the loss, and how many of the batch were right before it */
  step(batch: Batch, learningRate: number): { loss: number; correct: number };
  /** @returns probabilities, float32 `[count, classes]` */
  predict(images: Uint8Array, count: number): Float32Array;
  dispose(): void;
}

export interface NetworkOptions {
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly preprocessing: readonly PreprocessingStep[];
  readonly labelSmoothing: number;
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
  const { shape, classes, preprocessing, labelSmoothing } = options;
  useNativeReluGradient(tf);
  useFusedBatchNorm(tf, model.layers);
  const logits = logitsOf(tf, model);
  const variables = logits.trainableWeights.map((weight) => weight.read() as Variable);
  const optimizer = adam(tf, variables);
  const input = preprocessedShape(shape, preprocessing);
  const tensorOf = (images: Uint8Array, count: number) =>
    tf.tensor4d(preprocess(images, preprocessing, shape), [count, ...input]);

  return {
    model,
    step: ({ images, labels }, learningRate) =>
      tf.tidy(() => {
        const inputs = tensorOf(images, labels.length);
        const truth = tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), classes) as Tensor2D;
        let scores: Tensor | undefined;
        const { value, grads } = tf.variableGrads((): Scalar => {
          const output = logits.apply(inputs, { training: true }) as Tensor2D;
          scores = tf.keep(output.clone());
          return tf.losses.softmaxCrossEntropy(truth, output, undefined, labelSmoothing);
        }, variables);
        optimizer.apply(
          variables.map((variable) => grads[variable.name]!),
          learningRate,
        );
        const guesses = tf.argMax(scores!, 1).dataSync<'int32'>();
        scores!.dispose();
        return { loss: value.dataSync()[0]!, correct: guesses.reduce((sum, g, i) => sum + Number(g === labels[i]), 0) };
      }),
    predict: (images, count) =>
      tf.tidy(() => (model.predict(tensorOf(images, count)) as Tensor).dataSync<'float32'>().slice()),
    dispose() {
      optimizer.dispose();
      model.dispose();
    },
  };
}
