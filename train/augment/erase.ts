import type { Augmentation } from './augmentation.js';
import { type BoxFill, checkBoxFill, fillBox } from './box.js';
import { span, within } from './check.js';

export interface EraseOptions {
  /** Share of the images, 0..1. Default: 0.5. */
  readonly probability?: number;
  /** Share of the image's area, the least and the most, 0..1. Default: 0.02..0.33. */
  readonly area?: readonly [number, number];
  /** Height by width of the box, the least and the most. Default: 0.3..3.3. */
  readonly aspect?: readonly [number, number];
  /** Default: noise. */
  readonly fill?: BoxFill;
}

/** Hides a box that lies within the image: random erasing (Zhong et al., arXiv:1708.04896). A side longer than the image's is cut to it. */
export function erase(options: EraseOptions = {}): Augmentation {
  const { probability = 0.5, area = [0.02, 0.33], aspect = [0.3, 3.3], fill = 'noise' } = options;
  within('probability of erase', probability, 0, 1);
  span('area of erase', area, 0, 1);
  span('aspect of erase', aspect, 0.05, 20);
  checkBoxFill('erase', fill);
  const logarithms = aspect.map(Math.log) as [number, number];
  return {
    name: 'erase',
    settings: { probability, area, aspect, fill },
    source: import.meta.url,
    apply(image, shape, random) {
      if (random.next() >= probability) return image;
      const [height, width] = shape;
      const pixels = random.between(...area) * height * width;
      const ratio = Math.exp(random.between(...logarithms));
      const rows = Math.min(height, Math.round(Math.sqrt(pixels * ratio)));
      const columns = Math.min(width, Math.round(Math.sqrt(pixels / ratio)));
      const top = random.below(height - rows + 1);
      const left = random.below(width - columns + 1);
      if (rows === 0 || columns === 0) return image;
      return fillBox(image, shape, { top, bottom: top + rows, left, right: left + columns }, fill, random);
    },
  };
}
