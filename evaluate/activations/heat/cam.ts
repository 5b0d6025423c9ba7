import type { CamHead } from '../cam-head.js';
import { enlarged, type HeatMap, positive } from './map.js';

/**
 * A plain class activation map: the maps before the global mean, summed with the class's weights.
 * @param maps float32 `[...shape]` of one image
 * @param shape maps, height, width
 */
export function classActivation(
  head: CamHead,
  maps: Float32Array,
  [count, h, w]: readonly [number, number, number],
  classIndex: number,
  { width, height }: { width: number; height: number },
): HeatMap {
  const weights = head.weightsOf(classIndex);
  const sum = new Float32Array(h * w);
  for (let map = 0; map < count; map++) {
    for (let i = 0; i < h * w; i++) sum[i]! += weights[map]! * maps[map * h * w + i]!;
  }
  return {
    title: 'Class activation map',
    how: `The ${count} maps of ${w}x${h} before the global average, summed with the weights that the class has for them, what is above zero (CAM: Zhou et al. 2016, arXiv:1512.04150).`,
    ...{ width, height },
    values: positive(enlarged(positive(sum), [h, w], [height, width])),
    most: 'counts most',
  };
}
