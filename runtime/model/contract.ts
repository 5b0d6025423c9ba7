import type { PredictionCounts } from './predictions.js';
import type { PreprocessingStep } from './preprocessing/index.js';

/** The image that a model takes; the same shape as `ImageSpec` of runtime/image. */
export interface InputSpec {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly fit: 'contain' | 'cover' | 'stretch';
  readonly background: readonly [number, number, number];
}

/** Where a model came from. Nothing in it changes when the same training is done again: no times, no paths. */
export interface Provenance {
  readonly recipe?: string;
  readonly seed?: number;
  readonly backend?: string;
  readonly dataset?: { readonly name: string; readonly digest: string; readonly images: number };
  readonly metrics?: { readonly [name: string]: number };
  /** What the trained network said of the validation images. */
  readonly predictions?: PredictionCounts;
  readonly parameters?: number;
  readonly preprocessing?: readonly PreprocessingStep[];
  /** What training images became: name and settings of each, in order. */
  readonly augmentation?: readonly { readonly name: string; readonly [setting: string]: unknown }[];
  /** How the dataset was split, so that its test part can be found again. */
  readonly split?: {
    readonly seed: number;
    readonly val: number;
    readonly test: number;
    readonly how?: 'random' | 'blocks';
  };
  readonly versions?: { readonly [name: string]: string };
}

/** Inputs and what the trainer computed for them, so that every runtime can test itself. */
export interface GoldenSamples {
  /** `noise` where the images are private: seeded random bytes instead of real ones. */
  readonly kind: 'real' | 'noise';
  readonly count: number;
  /** uint8 `[count, height, width, channels]` */
  readonly images: Uint8Array;
  /** float32 `[count, classes]` */
  readonly probabilities: Float32Array;
}

/** How the graph wants the image. Ours take the bytes as they are; other people's files rarely do. */
export interface TensorInput {
  readonly name: string;
  readonly type: 'uint8' | 'float32';
  readonly layout: 'NHWC' | 'NCHW';
  /** What a byte is multiplied by where the graph takes floats. */
  readonly scale: number;
  /** What is then taken off, and what it is then divided by: of each channel, in the order of the graph's channels. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Left out: RGB. */
  readonly order?: 'BGR';
  /** The graph takes so many images at once and no others; left out, it takes any number. */
  readonly batch?: number;
}

/** How a file of nearest neighbours decides. Its graph also gives `distances` and `neighbours`, [N, k], nearest first. */
export interface Neighbours {
  /** How many neighbours vote. */
  readonly k: number;
  readonly metric: 'euclidean' | 'cosine';
  /** One vote each, or 1 / distance. */
  readonly weights: 'uniform' | 'distance';
  /** How many images are in the index, and how many numbers describe each. */
  readonly images: number;
  readonly width: number;
  /** What describes an image: a value of the network that the index was made with. */
  readonly layer: string;
  /** A usual distance to the k-th neighbour: what differences of distances are measured by. */
  readonly scale: number;
}

/** A model.onnx that was read: its bytes, and what its metadata say. */
export interface LoadedModel {
  /** For messages: the file's path or address. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly input: InputSpec;
  readonly tensor: TensorInput;
  /** The output with a number for every class, `[N, classes]`; `logits` need a softmax. */
  readonly output: { readonly name: string; readonly kind: 'probabilities' | 'logits' };
  readonly labels: readonly string[];
  /** Of its weights: float16 has three digits, and what it predicts is as near as those. */
  readonly precision: 'float32' | 'float16';
  readonly provenance: Provenance;
  /** Undefined in a file that was exported with `--golden none`, or that is not ours. */
  readonly golden: GoldenSamples | undefined;
  /** The file's digest, checked; undefined in a file that is not ours, or that was altered and allowed all the same. */
  readonly digest: string | undefined;
  /** What nothing proves: what a file that is not ours does not say, or what was altered; a sentence each, none for ours. */
  readonly guesses: readonly string[];
  /** Set where somebody said what the file does not: without that it would be read otherwise. */
  readonly described?: boolean;
  /** Set where nearest neighbours decide, and not the network's own head. */
  readonly neighbours?: Neighbours;
  /** The folder with the layers model it was exported from, when it is known (tfjs engines run that). */
  readonly layersModel?: string;
}
