import type { Augmentation } from './augmentation.js';
import { within } from './check.js';

export interface BlurOptions {
  /** Standard deviation in pixels, from 0 to this, 0..20. */
  readonly sigma: number;
  /** Share of the images, 0..1. Default: 1. */
  readonly probability?: number;
}

/** Gaussian blur, the edge repeated beyond it: `scipy.ndimage.gaussian_filter(mode='nearest')`, cut off at four standard deviations. */
export function blur({ sigma, probability = 1 }: BlurOptions): Augmentation {
  within('sigma of blur', sigma, 0, 20);
  within('probability of blur', probability, 0, 1);
  return {
    name: 'blur',
    settings: { sigma, probability },
    source: import.meta.url,
    apply(image, [height, width, channels], random) {
      const chosen = random.next() < probability;
      const weights = gaussian(random.between(0, sigma));
      // Half of a kernel of one: nothing to do.
      if (!chosen || weights.length === 1) return image;
      const across = new Float32Array(image.length);
      filter(image, across, weights, { rows: height, step: width * channels, size: width, stride: channels, channels });
      const result = new Uint8Array(image.length);
      const down = { rows: width, step: channels, size: height, stride: width * channels, channels };
      filter(across, result, weights, down, 0.5);
      return result;
    },
  };
}

/** Half of a symmetric kernel: its middle, then what stands 1, 2, ... away; together with the other half they add up to 1. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const half = Float64Array.from({ length: radius + 1 }, (_, i) => (sigma > 0 ? Math.exp(-0.5 * (i / sigma) ** 2) : 1));
  const sum = half.reduce((a, b) => a + b) * 2 - half[0]!;
  return half.map((weight) => weight / sum);
}

interface Lines {
  /** How many lines, and how far apart they start. */
  readonly rows: number;
  readonly step: number;
  /** How many pixels in each, and how far apart. */
  readonly size: number;
  readonly stride: number;
  readonly channels: number;
}

function filter(
  from: Uint8Array | Float32Array,
  to: Uint8Array | Float32Array,
  weights: Float64Array,
  { rows, step, size, stride, channels }: Lines,
  offset = 0,
): void {
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const first = row * step + c;
      for (let i = 0; i < size; i++) {
        let sum = from[first + i * stride]! * weights[0]!;
        for (let k = 1; k < weights.length; k++) {
          const before = i - k < 0 ? 0 : i - k;
          const after = i + k >= size ? size - 1 : i + k;
          sum += (from[first + before * stride]! + from[first + after * stride]!) * weights[k]!;
        }
        to[first + i * stride] = sum + offset;
      }
    }
  }
}
