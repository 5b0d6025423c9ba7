import { perClass } from './per-class.js';
import { type Scored, seenClasses } from './scored.js';

export interface Average {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Precision, recall and F1 over the classes: each counting the same (`macro`), or as often as it has images (`weighted`). Over
 * the classes that have an image or were predicted; what is undefined counts as 0, as scikit-learn has it by default.
 */
export function averages(scored: Scored): { readonly macro: Average; readonly weighted: Average } {
  const rows = perClass(scored);
  const seen = seenClasses(scored);
  const total = scored.labels.length;
  const over = (weight: (c: number) => number): Average => {
    const sum = (name: keyof Average) => seen.reduce((sum, c) => sum + weight(c) * (rows[c]![name] ?? 0), 0);
    return { precision: sum('precision'), recall: sum('recall'), f1: sum('f1') };
  };
  return { macro: over(() => 1 / seen.length), weighted: over((c) => rows[c]!.support / total) };
}
