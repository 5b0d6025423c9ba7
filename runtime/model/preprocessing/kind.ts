import type { z } from 'zod';

/** Height, width, channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** One kind of preprocessing step. */
export interface StepKind<Schema extends z.ZodType, Step = z.infer<Schema>> {
  /** What a description of it holds. */
  readonly schema: Schema;
  /** The shape of what comes out. @throws Error for a shape that it cannot take */
  shape(shape: ImageShape, step: Step): ImageShape;
  /**
   * @param values float32 `[count, height, width, channels]`; may be written over
   * @returns the same, or new ones of another shape; each operation is rounded to float32, as the graph's nodes round it
   */
  apply(values: Float32Array<ArrayBuffer>, shape: ImageShape, step: Step): Float32Array<ArrayBuffer>;
}

/** How many numbers an image has. */
export const sizeOf = ([height, width, channels]: ImageShape) => height * width * channels;
