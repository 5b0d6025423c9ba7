import { enlarged, type HeatMap, positive } from './map.js';

/** More maps than this are not scored: each costs a prediction. */
export const mostMaps = 128;

export interface ScoreCamInput {
  /** uint8 `[height, width, channels]` */
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly classIndex: number;
  /** float32 `[images, classes]` of uint8 images */
  predict(images: Uint8Array, count: number): Promise<Float32Array>;
  readonly classes: number;
}

/**
 * Score-CAM: each map of the last convolution, enlarged, as a mask on the image; what the class's probability is above that of
 * a black image is the map's weight. Needs no gradients and no special head.
 * @param maps float32 `[...shape]` of one image
 * @param shape maps, height, width
 */
export async function scoreCam(
  { image, width, height, channels, classIndex, predict, classes }: ScoreCamInput,
  maps: Float32Array,
  [count, h, w]: readonly [number, number, number],
): Promise<HeatMap> {
  const part = (map: number) => maps.subarray(map * h * w, (map + 1) * h * w);
  const spreadOf = (map: number) => {
    const values = part(map);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  // What is the same everywhere masks nothing.
  const chosen = Array.from({ length: count }, (_, map) => ({ map, spread: spreadOf(map) }))
    .filter(({ spread }) => spread > 0)
    .sort((a, b) => b.spread - a.spread || a.map - b.map)
    .slice(0, mostMaps)
    .map(({ map }) => map);
  const size = image.length;
  const masked = new Uint8Array((chosen.length + 1) * size);
  for (const [at, map] of chosen.entries()) {
    const values = part(map);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    const mask = enlarged(
      values.map((value) => (value - low) / (high - low)),
      [h, w],
      [height, width],
    );
    for (let i = 0; i < size; i++)
      masked[(at + 1) * size + i] = Math.round(image[i]! * mask[Math.floor(i / channels)]!);
  }
  const rows = await predict(masked, chosen.length + 1);
  const base = rows[classIndex]!;
  const gains = chosen.map((_, at) => rows[(at + 1) * classes + classIndex]! - base);
  // A softmax over the scores, as in the paper.
  const top = Math.max(...gains, 0);
  const weights = gains.map((gain) => Math.exp(gain - top));
  const sum = new Float32Array(h * w);
  for (const [at, map] of chosen.entries()) {
    for (const [i, value] of part(map).entries()) sum[i]! += weights[at]! * value;
  }
  const low = sum.reduce((a, b) => Math.min(a, b), Infinity);
  return {
    title: 'Score-weighted activation',
    how: `${chosen.length === count ? `The ${count}` : `Of ${count} the ${chosen.length} most varied`} maps of ${w}x${h} of the last convolution, each weighed by what the class gains where the image is shown through it (Score-CAM: Wang et al. 2020, arXiv:1910.01279).`,
    ...{ width, height },
    values: positive(enlarged(positive(sum.map((value) => value - low)), [h, w], [height, width])),
    most: 'counts most',
  };
}
