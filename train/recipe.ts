import type { LayersModel } from '@tensorflow/tfjs';
import type { BackendName, TensorFlow } from '../machine/index.js';
import type { ImageShape, PreprocessingStep, RunInfo } from '../runtime/model/index.js';
import type { Augmentation } from './augment/index.js';
import type { PublishedWeights } from './backbones/backbone.js';
import type { PretrainedWeights } from './backbones/pretrained.js';
import type { OptimizerName } from './optimizers/index.js';
import type { Stage } from './unfreezing.js';

/** What a recipe builds its network for. */
export interface NetworkSpec {
  /** Height, width, channels of what its preprocessing gives. */
  readonly shape: ImageShape;
  readonly classes: number;
  readonly seed: number;
}

/** Architecture, preprocessing, augmentation, optimiser, schedule. */
export interface Recipe {
  readonly name: string;
  /** One line for `--help`. */
  readonly description: string;
  /** Which images it takes, where not gray and colour alike. */
  readonly channels?: 1 | 3;
  /** What happens to an image of this shape before the first layer. */
  preprocessing(shape: ImageShape): readonly PreprocessingStep[];
  readonly batchSize: number;
  /** How long to train: WASM is several times slower, and gets fewer. */
  readonly epochs: { readonly [backend in BackendName]: number };
  /**
   * With few images there are more epochs, up to five times as many, until the training has so many steps on the native
   * backend (on another in proportion). Default: 0.
   */
  readonly leastSteps?: number;
  /** 0: none. What of the truth is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** Default: adam. */
  readonly optimizer?: OptimizerName;
  /** Decoupled weight decay, as a share of the learning rate. Default: 0. */
  readonly weightDecay?: number;
  /** The gradients' longest global norm. Default: 0, no limit. */
  readonly clipNorm?: number;
  /** The decay of a moving average of the weights, which is what is kept. Default: 0, none. */
  readonly weightAverage?: number;
  /** Alpha of mixup. Default: 0, none. */
  readonly mixup?: number;
  /** Alpha of CutMix; with both, each batch draws one of them. Default: 0, none. */
  readonly cutmix?: number;
  /** Stops after so many epochs without a smaller loss in validation. Default: 0, never. */
  readonly patience?: number;
  /** Layers that keep the weights that they have: names or globs. Default: none. */
  readonly freeze?: readonly string[];
  /** What lies below the head, from the top down, of a recipe that begins with a trained network: it is unfrozen by and by. */
  stages?(model: LayersModel): readonly Stage[];
  /** Where the weights come from that it begins with, for run.json and to tell trainings apart. */
  readonly backbone?: RunInfo['backbone'];
  /** Of a recipe that can begin with weights out of a file: those that were published, and the recipe that begins with some. */
  readonly pretrained?: { readonly published: PublishedWeights; begin(weights: PretrainedWeights): Recipe };
  /** What a training image may become, for images of this shape. */
  augmentation(shape: readonly [number, number, 1 | 3]): readonly Augmentation[];
  /** @param progress how much of the training is done, 0..1 */
  learningRate(progress: number): number;
  /** A model that ends in a softmax over the classes, fresh weights drawn from the seed. */
  build(tf: TensorFlow, spec: NetworkSpec): LayersModel;
}
