import type { Scored } from './scored.js';

/** How many classes deep it is looked. */
const depths = [1, 2, 3, 5, 10] as const;

/** Share of the images whose class is among the k most probable, for each k below the number of classes. Of equal classes the first ones count as more probable. */
export function topK({
  classes,
  labels,
  probabilities,
}: Scored): readonly { readonly k: number; readonly value: number }[] {
  const count = classes.length;
  const asked = depths.filter((k) => k < count);
  // How many images have so many classes before their own.
  const before = new Float64Array(count);
  for (let image = 0; image < labels.length; image++) {
    const start = image * count;
    const label = labels[image]!;
    const own = probabilities[start + label]!;
    let higher = 0;
    for (let c = 0; c < label; c++) if (probabilities[start + c]! >= own) higher++;
    for (let c = label + 1; c < count; c++) if (probabilities[start + c]! > own) higher++;
    before[higher]!++;
  }
  return asked.map((k) => ({ k, value: before.subarray(0, k).reduce((a, b) => a + b, 0) / labels.length }));
}
