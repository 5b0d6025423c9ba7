import type { Tensor, TensorSpec } from '../tensors/index.js';

/** A model that is loaded in an engine, as a worker thread uses it. */
export interface Runner {
  readonly version: string;
  readonly device: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of everything is one batch of any size: then rows of several requests can share a run. */
  readonly batched: boolean;
  /**
   * Images to probabilities, float32 `[count, classes]`; undefined where the model is no image classifier.
   * @param images `count` images, uint8 NHWC, as the model's input spec says
   */
  readonly predict: ((images: Uint8Array<ArrayBuffer>, count: number) => Promise<Float32Array>) | undefined;
  /**
   * Tensors to tensors.
   * @param feeds every input; what they hold may be written over once the promise is settled
   */
  run(feeds: readonly Tensor[], outputs: readonly string[]): Promise<Tensor[]>;
  close(): Promise<void>;
}
