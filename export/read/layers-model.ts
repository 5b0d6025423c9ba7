/** One weight of a layer, float32, row by row in the layout that Keras gives it. */
export interface Weight {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** Where an input of a layer comes from: which layer's output. */
export interface Inbound {
  readonly layer: string;
  /** Which call of that layer (a shared layer is called more than once). */
  readonly call: number;
  /** Which of that call's outputs. */
  readonly output: number;
}

/**
 * What a call of a layer was given: outputs of layers as their places among its inputs (`{ input: 0 }`), alone or in lists,
 * and constants.
 */
export interface Given {
  readonly args: readonly unknown[];
  readonly kwargs: { readonly [name: string]: unknown };
}

/**
 * Who computes what a model predicts, where they differ (where pixels have their centres, what a hard sigmoid is):
 * `tfjs` for TensorFlow.js' own format, whoever converted it; `keras-2` (and 1) and `keras-3` for Keras' files.
 */
export type Origin = 'tfjs' | 'keras-2' | 'keras-3';

/** One layer as a Keras topology describes it, config keys in snake_case. */
export interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: LayerConfig;
  /** The inputs of each call. */
  readonly calls: readonly (readonly Inbound[])[];
  /** What each call was given, of a layer that takes more than outputs of layers: an operator, attention. */
  readonly given?: readonly Given[];
  /** By their short name: `kernel`, `bias`, `gamma`. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Of a layer that is a model itself: what is in it. */
  readonly model?: LayersModel;
  /** Of a wrapper (Bidirectional, TimeDistributed): the layer in it, which has the wrapper's weights. */
  readonly wrapped?: Layer;
}

export type LayerConfig = { readonly [key: string]: unknown };

/** A Keras topology with its weights: plain data, no TensorFlow.js object in it. */
export interface LayersModel {
  readonly name: string;
  /** Of the outermost model. Default: `tfjs`. */
  readonly origin?: Origin;
  /** In any order, each name once. */
  readonly layers: readonly Layer[];
  readonly inputs: readonly Inbound[];
  readonly outputs: readonly Inbound[];
}
