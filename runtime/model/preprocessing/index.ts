/**
 * What happens to the uint8 image before the first layer, described once: training computes it with `preprocess`, the
 * exported graph carries the same steps as nodes, and this description goes into the file's provenance.
 */
export type PreprocessingStep =
  /** x * scale + offset, in float32. */
  { readonly kind: 'scale'; readonly scale: number; readonly offset: number };

/**
 * @param images uint8, any shape
 * @returns float32 of the same shape, each operation rounded to float32 as the graph's nodes round it
 */
export function preprocess(images: Uint8Array, steps: readonly PreprocessingStep[]): Float32Array<ArrayBuffer> {
  const values = Float32Array.from(images);
  for (const step of steps) {
    switch (step.kind) {
      case 'scale': {
        const scale = Math.fround(step.scale);
        const offset = Math.fround(step.offset);
        for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! * scale) + offset;
      }
    }
  }
  return values;
}
