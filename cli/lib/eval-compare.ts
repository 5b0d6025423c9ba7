import {
  compareRuns,
  type RunComparison,
  readEvaluatedRun,
  requireReportPlace,
  writeComparison,
} from '../../evaluate/index.js';
import { table } from './table.js';

const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
const signed = (value: number) => `${value < 0 ? '' : '+'}${(value * 100).toFixed(2)}`;
const small = (p: number) => (p < 0.0001 ? '<0.0001' : p.toFixed(4));

function format({ dataset, runs, pairs }: RunComparison): string {
  const overview = table([
    ['run', 'accuracy', '95 % interval', 'macro F1', 'log loss', 'ECE'],
    ...runs.map(({ name, metrics: { accuracy, averages, logLoss, calibration } }) => [
      name,
      percent(accuracy.value),
      `${percent(accuracy.low)} to ${percent(accuracy.high)}`,
      percent(averages.macro.f1),
      logLoss.toFixed(4),
      percent(calibration.ece),
    ]),
  ]);
  const differences = table([
    ['first', 'second', 'only first right', 'only second right', 'points', '95 % interval', 'p', 'p (Holm)'],
    ...pairs.map((pair) => [
      ...[pair.first, pair.second, String(pair.onlyFirst), String(pair.onlySecond), signed(pair.gain)],
      ...[`${signed(pair.low)} to ${signed(pair.high)}`, small(pair.p), small(pair.adjusted)],
    ]),
  ]);
  return `The same ${dataset.images} images of ${dataset.name} (${dataset.part})\n\n${overview}\n\n${differences}\n\np: McNemar's exact test; points: accuracy of the second less that of the first`;
}

/** `onward eval --compare`: what their reports say, side by side. */
export async function compareCommand(
  paths: readonly string[],
  { report, json, force }: { report?: string | true; json?: boolean; force?: boolean },
): Promise<void> {
  const folder = report === true ? 'runs/comparison' : report;
  if (folder !== undefined) await requireReportPlace(folder, force);
  const comparison = compareRuns(await Promise.all(paths.map(readEvaluatedRun)));
  console.log(json ? JSON.stringify(comparison) : format(comparison));
  if (folder !== undefined) console.error(`\nreport: ${await writeComparison(folder, comparison)}`);
}
