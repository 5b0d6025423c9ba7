import type { SymbolicTensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import type { PreprocessingStep } from '../../runtime/model/index.js';
import type { PretrainedWeights } from './pretrained.js';

/** The file in which a network's authors published its weights, without its head. */
export interface PublishedWeights {
  readonly file: string;
  /** The folder of the file, as an address. */
  readonly address: string;
  /** 32 hex digits, where the publisher says them. */
  readonly md5?: string;
}

/** A part of a backbone that is unfrozen at once. */
export interface StageNames {
  readonly name: string;
  /** Whether a layer, by its name, is of it. */
  readonly layers: RegExp;
}

/** A network that was trained on many photographs, without its head: to be the lower part of another. */
export interface Backbone {
  readonly name: string;
  /** One line for `--help`. */
  readonly description: string;
  /** What the head begins with: the last layer, whose output is a feature map. */
  readonly cut: string;
  /** From the top down, every layer in one of them. */
  readonly stages: readonly StageNames[];
  readonly published: PublishedWeights;
  /** Layers with weights that are steps before the network here. */
  readonly before?: readonly { readonly name: string; readonly className: string }[];
  /** From the uint8 image to what the first layer takes: Keras' `preprocess_input`, and what its network begins with. */
  preprocessing(weights: PretrainedWeights | undefined): readonly PreprocessingStep[];
  /**
   * All layers, under the names that Keras gives them, on an image.
   * @param seed of the weights; undefined: zeros, where they are set at once
   * @returns what the last layer gives
   */
  build(tf: TensorFlow, image: SymbolicTensor, seed: number | undefined): SymbolicTensor;
}
