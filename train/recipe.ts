import type { LayersModel } from '@tensorflow/tfjs';
import type { BackendName, TensorFlow } from '../machine/index.js';
import type { PreprocessingStep } from '../runtime/model/index.js';
import type { Augmentation } from './augment/index.js';

/** What a recipe builds its network for. */
export interface NetworkSpec {
  /** Height, width, channels. */
  readonly shape: readonly [number, number, 1 | 3];
  readonly classes: number;
  readonly seed: number;
}

/** Architecture, preprocessing, augmentation, optimiser, schedule. */
export interface Recipe {
  readonly name: string;
  /** One line for `--help`. */
  readonly description: string;
  readonly preprocessing: readonly PreprocessingStep[];
  readonly batchSize: number;
  /** How long to train: WASM is several times slower, and gets fewer. */
  readonly epochs: { readonly [backend in BackendName]: number };
  /** 0: none. What of the truth is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** What a training image may become, for images of this shape. */
  augmentation(shape: NetworkSpec['shape']): readonly Augmentation[];
  /** @param progress how much of the training is done, 0..1 */
  learningRate(progress: number): number;
  /** A model that ends in a softmax over the classes, fresh weights drawn from the seed. */
  build(tf: TensorFlow, spec: NetworkSpec): LayersModel;
}
