import { OnwardError } from '../../runtime/common/index.js';
import { mcnemar, type Paired, pairedDifference } from '../statistics/index.js';
import type { ComparedReport, EvaluatedRun } from './read-run.js';

/** Two runs on the same images. */
export interface ComparedPair extends Paired {
  readonly first: string;
  readonly second: string;
  /** Of McNemar's exact test. */
  readonly p: number;
  /** The same, with all pairs of this comparison in mind (Holm). */
  readonly adjusted: number;
}

export interface ComparedRun {
  readonly name: string;
  readonly folder: string;
  readonly model: ComparedReport['model'];
  readonly metrics: ComparedReport['metrics'];
  readonly imagesPerSecond: number;
}

export interface RunComparison {
  readonly dataset: ComparedReport['dataset'];
  /** By what the images were found to be the same: their bytes, or, in models of different sizes, their files. */
  readonly paired: 'sha256' | 'file';
  /** In the order in which they were named. */
  readonly runs: readonly ComparedRun[];
  /** Every two of them. */
  readonly pairs: readonly ComparedPair[];
}

/**
 * Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979): with many
 * comparisons one of them is small by chance.
 */
export function holm(values: readonly number[]): number[] {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const adjusted = values.map(() => 0);
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, values[i]! * (values.length - rank)));
    adjusted[i] = most;
  }
  return adjusted;
}

/**
 * Runs side by side on the same images, every two of them by the images that only one gets right.
 * @throws OnwardError kind `usage` for fewer than two, `input` where they were not evaluated on the same images
 */
export function compareRuns(runs: readonly EvaluatedRun[]): RunComparison {
  const [first, ...others] = runs;
  if (!first || others.length === 0) {
    throw new OnwardError('usage', `--compare: expected two or more runs, got ${runs.length === 0 ? 'none' : 'one'}`);
  }
  const paired = others.map((other) => pairedBy(first, other));
  const by = paired.includes('byFile') ? 'byFile' : 'bySha';
  const names = distinct(runs);
  const pairs = runs.flatMap((a, i) =>
    runs
      .slice(i + 1)
      .map((b, j) => ({ first: names[i]!, second: names[i + 1 + j]!, ...pairOf(a.outcomes[by], b.outcomes[by]) })),
  );
  const adjusted = holm(pairs.map(({ p }) => p));
  return {
    dataset: first.report.dataset,
    paired: by === 'bySha' ? 'sha256' : 'file',
    runs: runs.map(({ folder, report }, i) => ({
      ...{ name: names[i]!, folder, model: report.model, metrics: report.metrics },
      imagesPerSecond: report.speed.imagesPerSecond,
    })),
    pairs: pairs.map((pair, i) => ({ ...pair, adjusted: adjusted[i]! })),
  };
}

type By = keyof EvaluatedRun['outcomes'];

/**
 * By what the images of two runs are found to be the same: their bytes, or, where the models take them in different sizes, so
 * that the bytes differ, their files.
 */
function pairedBy(a: EvaluatedRun, b: EvaluatedRun): By {
  const isSame = (by: By) => {
    const [one, other] = [a.outcomes[by], b.outcomes[by]];
    return one.size === other.size && [...one.keys()].every((image) => other.has(image));
  };
  if (isSame('bySha')) return 'bySha';
  const [one, other] = [a, b].map(({ report }) => report.dataset.shape?.join() ?? '');
  if (one !== other && a.report.dataset.name === b.report.dataset.name && isSame('byFile')) return 'byFile';
  const describe = ({ report: { dataset } }: EvaluatedRun) =>
    `${dataset.images} images of ${dataset.name} (${dataset.part}, sha256 ${dataset.digest.slice(0, 12)}…)`;
  throw new OnwardError(
    'input',
    `--compare: expected runs that were evaluated on the same images, but ${a.folder} was on ${describe(a)} and ${b.folder} on ${describe(b)}; evaluate both on the same with --data, --split and --report`,
  );
}

function pairOf(a: ReadonlyMap<string, boolean>, b: ReadonlyMap<string, boolean>) {
  let [onlyFirst, onlySecond] = [0, 0];
  for (const [image, isRight] of a) {
    const other = b.get(image)!;
    if (isRight && !other) onlyFirst++;
    if (!isRight && other) onlySecond++;
  }
  return { ...pairedDifference(onlyFirst, onlySecond, a.size), p: mcnemar(onlyFirst, onlySecond) };
}

/** Runs of one name are told apart by a number. */
function distinct(runs: readonly EvaluatedRun[]): string[] {
  const names = runs.map(({ name }) => name);
  return names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${i + 1})`));
}
