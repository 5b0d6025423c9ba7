import type { Evaluation } from '../score/index.js';
import { labelErrors } from './label-errors.js';

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * All labels in doubt as CSV, the surest first: `image,label,was,probability`, of which `label` is what it should probably be,
 * with the probability that the model gives that.
 */
export function relabelCsv({ scored, dataset }: Pick<Evaluation, 'scored' | 'dataset'>): string {
  const { classes, labels, probabilities } = scored;
  const lines = labelErrors(scored).map(({ image, suggested }) =>
    [
      ...[dataset.origin(image), classes[suggested]!, classes[labels[image]!]!].map(field),
      probabilities[image * classes.length + suggested]!.toFixed(4),
    ].join(','),
  );
  return `${['image,label,was,probability', ...lines].join('\n')}\n`;
}

/** What the model says of every image as CSV: what pairs the images of two evaluations. */
export function predictionsCsv({ scored, dataset }: Pick<Evaluation, 'scored' | 'dataset'>): string {
  const { classes, labels, predicted, probabilities } = scored;
  const lines = ['image,sha256,label,predicted,probability'];
  for (const [image, label] of labels.entries()) {
    const top = predicted[image]!;
    const names = [dataset.origin(image), dataset.fingerprint(image).slice(0, 16), classes[label]!, classes[top]!];
    lines.push([...names.map(field), probabilities[image * classes.length + top]!.toFixed(6)].join(','));
  }
  return `${lines.join('\n')}\n`;
}
