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
  const hits = asked.map(() => 0);
  for (const [image, label] of labels.entries()) {
    const start = image * count;
    const own = probabilities[start + label]!;
    let before = 0;
    for (let c = 0; c < count; c++) {
      const other = probabilities[start + c]!;
      if (other > own || (other === own && c < label)) before++;
    }
    for (const [i, k] of asked.entries()) if (before < k) hits[i]!++;
  }
  return asked.map((k, i) => ({ k, value: hits[i]! / labels.length }));
}
