import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';

/** How far from one a row may sum: float16 and int8 files round more than float32. */
const slack = 0.02;

/** Whether rows are probabilities: of every one the sum is one, and no number is below zero. */
export function areProbabilities(rows: Float32Array, classes: number): boolean {
  for (let start = 0; start < rows.length; start += classes) {
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const p = rows[start + c]!;
      if (p < -slack) return false;
      sum += p;
    }
    if (!(Math.abs(sum - 1) <= slack)) return false;
  }
  return true;
}

/**
 * @param rows float32 `[images, classes]`
 * @param origin names the image of a row
 * @throws OnwardError kind `input` when something is not a number or no probability
 */
export function requireProbabilities(
  rows: Float32Array,
  classes: number,
  { name, output }: Pick<LoadedModel, 'name' | 'output'>,
  origin: (row: number) => string,
): void {
  if (areProbabilities(rows, classes)) return;
  for (let row = 0; row * classes < rows.length; row++) {
    const values = rows.subarray(row * classes, (row + 1) * classes);
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) {
      throw new OnwardError(
        'input',
        `${name} gives ${bad} for ${origin(row)}: expected ${classes} numbers; it overflows or was damaged, export it again or try another engine`,
      );
    }
    if (areProbabilities(values, classes)) continue;
    const sum = values.reduce((a, b) => a + b, 0);
    throw new OnwardError(
      'input',
      `${name}: its output "${output.name}" gives no probabilities for ${origin(row)}: expected numbers from 0 up that sum to 1, got ${[...values.subarray(0, 3)].map((value) => value.toPrecision(3)).join(', ')}${classes > 3 ? ', ...' : ''}, in all ${sum.toPrecision(4)}; if they are logits, say so with --softmax`,
    );
  }
}
