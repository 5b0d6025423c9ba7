import type { Scored } from './scored.js';

/**
 * Matthews' correlation coefficient, -1..1, for any number of classes; 0 where all images have one class or one prediction.
 * Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", Computational Biology and
 * Chemistry 28 (2004).
 */
export function matthews({ classes, labels, confusion, support, called }: Scored): number {
  const total = labels.length;
  let [correct, both, truth, said] = [0, 0, 0, 0];
  for (let c = 0; c < classes.length; c++) {
    correct += confusion[c * classes.length + c]!;
    both += support[c]! * called[c]!;
    truth += support[c]! ** 2;
    said += called[c]! ** 2;
  }
  const scale = Math.sqrt(total ** 2 - said) * Math.sqrt(total ** 2 - truth);
  return scale === 0 ? 0 : (correct * total - both) / scale;
}
