import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LoadedModel, PredictionCounts } from '../../runtime/model/index.js';
import { likeliest } from '../answer.js';
import { createDrift, type Drift } from './drift.js';
import { keyOf, type ModelAt } from './model-at.js';

/** The probability of the likeliest class. */
const confidences = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
/** A series each: of a model with more classes only the confidence is told. */
const mostClasses = 200;

/** A version of a model, and what its file says of its validation images. */
export interface PredictingModel extends ModelAt {
  readonly classifier: Pick<LoadedModel, 'provenance'> | undefined;
}

/** Of images and of tensors alike: what was predicted, and how surely. */
export interface PredictionMetrics {
  /** @param rows the probabilities of each image, in the order of the labels */
  predicted(model: PredictingModel, labels: readonly string[], rows: readonly ArrayLike<number>[]): void;
  /** What it was compared with is no longer there. */
  forget(model: ModelAt): void;
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
  const drifts = new Map<string, { readonly of: PredictionCounts; readonly labels: object; readonly drift: Drift }>();
  new Gauge({
    name: 'onward_drift',
    help: 'Population stability index of the latest 1000 images against the validation images of the training; from 100 images on',
    labelNames: ['model', 'version', 'of'],
    registers,
    collect() {
      this.reset();
      for (const { labels, drift } of drifts.values()) {
        for (const [of, value] of Object.entries(drift.values() ?? {})) this.set({ ...labels, of }, value);
      }
    },
  });
  function driftOf({ name: model, version, classifier }: PredictingModel, classes: number): Drift | undefined {
    const of = classifier?.provenance.predictions;
    if (of?.classes.length !== classes) return undefined;
    const key = keyOf({ name: model, version });
    let known = drifts.get(key);
    // Another file under the same name begins anew.
    if (known?.of !== of) {
      known = { of, labels: { model, version }, drift: createDrift(of) };
      drifts.set(key, known);
    }
    return known.drift;
  }
  return {
    forget: (model) => drifts.delete(keyOf(model)),
    predicted(from, labels, rows) {
      const { name: model, version } = from;
      const drift = driftOf(from, labels.length);
      // Looked up once for all rows: a tensor may have thousands.
      const sure = confidence.labels({ model, version });
      const counts = new Map<number, number>();
      for (const row of rows) {
        const best = likeliest(row, 1)[0]!;
        const share = row[best]!;
        // Somebody else's model may give other numbers than probabilities as tensors.
        if (!(share >= 0 && share <= 1.001)) continue;
        sure.observe(share);
        drift?.add(best, share);
        counts.set(best, (counts.get(best) ?? 0) + 1);
      }
      if (labels.length > mostClasses) return;
      for (const [best, count] of counts) classes.inc({ model, version, label: labels[best]! }, count);
    },
  };
}
