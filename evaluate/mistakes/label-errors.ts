import type { Scored } from '../metrics/index.js';

/** An image whose label is probably wrong. */
export interface LabelError {
  readonly image: number;
  /** What it probably is. */
  readonly suggested: number;
  /** The probability of the label that it has, less that of the most probable other class: the smaller, the surer. */
  readonly margin: number;
}

/**
 * Labels that are probably wrong, the surest first: confident learning, after Northcutt, Jiang and Chuang, "Confident learning:
 * estimating uncertainty in dataset labels", Journal of Artificial Intelligence Research 70 (2021). A class's threshold is the
 * mean probability that images labelled so get for it (their equation 2); an image counts as one of the class that it is above
 * the threshold of, the most probable of several (equation 1); where that is not its label, the label is in doubt ("confident
 * joint, off the diagonal"), in the order of the normalised margin. It takes probabilities of images that the model was not
 * trained on: of those that it was, it knows the labels by heart.
 */
export function labelErrors({ classes, labels, probabilities, support }: Scored): readonly LabelError[] {
  const count = classes.length;
  const sums = new Float64Array(count);
  for (const [image, label] of labels.entries()) sums[label]! += probabilities[image * count + label]!;
  // A class without images has no threshold, and nothing is taken for it.
  const thresholds = sums.map((sum, c) => (support[c]! > 0 ? sum / support[c]! : Infinity));
  const found: LabelError[] = [];
  for (const [image, label] of labels.entries()) {
    const start = image * count;
    let suggested = -1;
    for (let c = 0; c < count; c++) {
      const p = probabilities[start + c]!;
      // Sums round: a class whose images all get the same is at its threshold.
      if (p >= thresholds[c]! - 1e-9 && (suggested < 0 || p > probabilities[start + suggested]!)) suggested = c;
    }
    if (suggested < 0 || suggested === label) continue;
    let other = -Infinity;
    for (let c = 0; c < count; c++) if (c !== label) other = Math.max(other, probabilities[start + c]!);
    found.push({ image, suggested, margin: probabilities[start + label]! - other });
  }
  return found.sort((a, b) => a.margin - b.margin || a.image - b.image);
}
