/**
 * How a value lies in memory. Keras' image layers are channels-last; ONNX's are channels-first, and we stay
 * channels-first between layers so that no Transpose is needed:
 *
 * - `plain`: as Keras has it
 * - `channels-first`: an image `[N, C, H, W]` that Keras sees as `[N, H, W, C]`; a sequence `[N, C, L]` and a volume
 *   `[N, C, D, H, W]` likewise
 * - `flat`: such an image flattened: `[N, C*H*W]`, where Keras has `[N, H*W*C]`
 */
export type Order = 'plain' | 'channels-first' | 'flat';

/** What flows between layers. */
export interface Value {
  /** In the graph. */
  readonly name: string;
  /** As Keras sees it, without the batch. */
  readonly shape: readonly number[];
  readonly order: Order;
  /** `flat` only: the image that was flattened, as Keras sees it: height, width, channels. */
  readonly image?: readonly number[];
  /** Zeros were put around numbers that may be below zero. */
  readonly rim?: boolean;
  /** Of a sequence: which of its steps count. See layers/masks.ts. */
  readonly mask?: Mask;
}

/** Which steps of a sequence count, since a Masking or Embedding layer said so. */
export interface Mask {
  /** Booleans in the graph, `[N, ...shape]`. */
  readonly name: string;
  /** Of one sample: the first axes of the sequence's shape. */
  readonly shape: readonly number[];
  /** The layer in which it came to an end: what it gives has no mask any more. */
  readonly lostIn?: string;
}
