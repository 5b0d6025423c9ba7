import type { LoadedModel } from '../index.js';

/**
 * The tensor that a graph takes, from the bytes that an image decoder gives. Ours take them as they are.
 * @param images uint8 `[count, height, width, channels]`
 */
export function toTensor(
  model: LoadedModel,
  images: Uint8Array,
  count: number,
): { data: Uint8Array | Float32Array; dims: number[] } {
  const { width, height, channels } = model.input;
  const { type, layout, scale, mean, std, order } = model.tensor;
  const dims = layout === 'NHWC' ? [count, height, width, channels] : [count, channels, height, width];
  if (type === 'uint8' && layout === 'NHWC' && !order) return { data: images, dims };
  const data = type === 'uint8' ? new Uint8Array(images.length) : new Float32Array(images.length);
  const area = width * height;
  const factors = Array.from({ length: channels }, (_, c) => scale / (std?.[c] ?? 1));
  const offsets = Array.from({ length: channels }, (_, c) => (mean?.[c] ?? 0) / (std?.[c] ?? 1));
  for (let n = 0, from = 0; n < count; n++) {
    for (let pixel = 0; pixel < area; pixel++) {
      for (let i = 0; i < channels; i++, from++) {
        const c = order === 'BGR' ? channels - 1 - i : i;
        const to = layout === 'NHWC' ? from - i + c : (n * channels + c) * area + pixel;
        data[to] = type === 'uint8' ? images[from]! : images[from]! * factors[c]! - offsets[c]!;
      }
    }
  }
  return { data, dims };
}

/** Probabilities from what the graph gives: a softmax where it gives logits. */
export const toProbabilities = (model: LoadedModel, values: Float32Array): Float32Array =>
  model.output.kind === 'probabilities' ? values : softmaxRows(values, model.labels.length);

/**
 * A softmax of each row, computed in float64.
 * @param values float32 `[rows, classes]`
 */
export function softmaxRows(values: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += classes) {
    const logits = values.subarray(row, row + classes);
    const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Array.from(logits, (x) => Math.exp(x - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    result.set(
      powers.map((x) => x / sum),
      row,
    );
  }
  return result;
}
