import { accuracy } from './accuracy.js';
import { averages } from './averages.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import { brier } from './brier.js';
import { calibration } from './calibration.js';
import { confusedPairs } from './confused-pairs.js';
import { confusion } from './confusion.js';
import { kappa } from './kappa.js';
import { logLoss } from './log-loss.js';
import { matthews } from './matthews.js';
import { perClass } from './per-class.js';
import { rocAuc } from './roc-auc.js';
import type { Scored } from './scored.js';
import { topK } from './top-k.js';

/** Every metric. To add one, write it in a file, from `Scored` to plain JSON, and list it here. */
export const metrics = {
  ...{ accuracy, topK, logLoss, brier },
  ...{ averages, balancedAccuracy, kappa, matthews, rocAuc },
  ...{ calibration, perClass, confusion, confusedPairs },
} as const;

/** What each of them gives. */
export type Metrics = { readonly [name in keyof typeof metrics]: ReturnType<(typeof metrics)[name]> };

/** All metrics. @param scored at least one image */
export function computeMetrics(scored: Scored): Metrics {
  const values = Object.entries(metrics).map(([name, compute]) => [name, (compute as (s: Scored) => unknown)(scored)]);
  return Object.fromEntries(values) as Metrics;
}

export type { CalibrationBin } from './calibration.js';
export type { ConfusedPair } from './confused-pairs.js';
export type { ClassScores } from './per-class.js';
export { rocCurve } from './roc-curve.js';
export { type Scored, scored, topAt } from './scored.js';
