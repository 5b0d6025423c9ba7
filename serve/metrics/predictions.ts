import { Counter, Histogram, type Registry } from 'prom-client';
import { likeliest } from '../answer.js';
import type { ModelAt } from './metrics.js';

/** The probability of the likeliest class. */
const confidences = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
/** A series each: of a model with more classes only the confidence is told. */
const mostClasses = 200;

/** Of images and of tensors alike: what was predicted, and how surely. */
export interface PredictionMetrics {
  /** @param rows the probabilities of each image, in the order of the labels */
  predicted(model: ModelAt, labels: readonly string[], rows: readonly ArrayLike<number>[]): void;
}

export function predictionMetrics(registers: Registry[]): PredictionMetrics {
  const classes = new Counter({
    name: 'onward_predictions_total',
    help: `Images by the class that was the likeliest; of models with at most ${mostClasses} classes`,
    labelNames: ['model', 'version', 'label'],
    registers,
  });
  const confidence = new Histogram({
    name: 'onward_confidence',
    help: 'Probability of the likeliest class of each image',
    labelNames: ['model', 'version'],
    buckets: confidences,
    registers,
  });
  return {
    predicted({ name: model, version }, labels, rows) {
      for (const row of rows) {
        const best = likeliest(row, 1)[0]!;
        const share = row[best]!;
        // Somebody else's model may give other numbers than probabilities as tensors.
        if (!(share >= 0 && share <= 1.001)) continue;
        confidence.observe({ model, version }, share);
        if (labels.length <= mostClasses) classes.inc({ model, version, label: labels[best]! });
      }
    },
  };
}
