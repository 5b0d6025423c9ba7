import type { Scored } from './scored.js';

export interface CalibrationBin {
  /** Above `from`, up to `to`; the first bin takes 0 too. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** The mean probability of the predicted class, and the share of them that is right; null in an empty bin. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

const binCount = 15;

/**
 * Whether a probability means what it says: images in 15 bins of equal width by the probability of the predicted class.
 * `ece` is the expected calibration error, `mce` the largest of a bin: Guo, Pleiss, Sun and Weinberger, "On calibration of
 * modern neural networks", ICML 2017.
 */
export function calibration(
  { classes, labels, probabilities, predicted }: Scored,
  count = binCount,
): { readonly ece: number; readonly mce: number; readonly bins: readonly CalibrationBin[] } {
  const edges = Array.from({ length: count + 1 }, (_, i) => i / count);
  const images = new Float64Array(count);
  const sums = new Float64Array(count);
  const correct = new Float64Array(count);
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image]!;
    const top = predicted[image]!;
    const p = probabilities[image * classes.length + top]!;
    const guess = Math.min(count - 1, Math.max(0, Math.ceil(p * count) - 1));
    // Multiplying rounds: an edge belongs to the bin below it.
    const bin =
      p > edges[guess + 1]! && guess < count - 1 ? guess + 1 : p <= edges[guess]! && guess > 0 ? guess - 1 : guess;
    images[bin]!++;
    sums[bin]! += p;
    if (top === label) correct[bin]!++;
  }
  const bins = Array.from({ length: count }, (_, bin): CalibrationBin => {
    const n = images[bin]!;
    const [confidence, accuracy] = n > 0 ? [sums[bin]! / n, correct[bin]! / n] : [null, null];
    return { from: edges[bin]!, to: edges[bin + 1]!, images: n, confidence, accuracy };
  });
  const gaps = bins.map((bin) => Math.abs((bin.accuracy ?? 0) - (bin.confidence ?? 0)));
  const ece = bins.reduce((sum, bin, i) => sum + (bin.images / labels.length) * gaps[i]!, 0);
  return { ece, mce: Math.max(...gaps), bins };
}
