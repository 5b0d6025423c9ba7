import { join } from 'node:path';
import type { Split } from '../data/index.js';
import { writeWhole } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import type { Recipe } from './recipe.js';
import { parseSettings, type Settings } from './settings/index.js';
import { type Run, type TrainOptions, train } from './train.js';

/** One training of a sweep. */
export interface SweepPoint {
  /** Of its folder. */
  readonly name: string;
  readonly recipe: Recipe;
  readonly settings: Partial<Settings>;
}

/** What became of one. */
export interface SweepRow {
  readonly name: string;
  readonly recipe: string;
  readonly settings: Partial<Settings>;
  readonly path: string;
  /** `failed`: it diverged, memory ran out, or the recipe is not for these images; `reason` says which. */
  readonly outcome: Run['outcome'] | 'failed';
  readonly reason?: string;
  readonly run?: Run;
}

/**
 * Every recipe with every combination of values.
 * @param sets `learningRate=1e-3,3e-4` and so on, as typed; a setting of one value is set in all
 * @throws OnwardError kind `usage` for settings that there are not, or values that they cannot have
 */
export function sweepPoints(recipes: readonly Recipe[], sets: readonly string[]): SweepPoint[] {
  let combinations: string[][] = [[]];
  for (const set of sets) {
    const [name = '', values = ''] = set.split(/=(.*)/s);
    if (!set.includes('=')) parseSettings([set]);
    const each = values.split(',').map((value) => `${name}=${value.trim()}`);
    combinations = combinations.flatMap((before) => each.map((one) => [...before, one]));
  }
  const varied = new Set(sets.filter((set) => set.includes(',')).map((set) => set.split('=')[0]));
  return recipes.flatMap((recipe) =>
    combinations.map((given) => ({
      name: [recipe.name, ...given.filter((one) => varied.has(one.split('=')[0]))]
        .join(' ')
        .replaceAll(/[^\w.=+-]+/g, '_'),
      recipe,
      settings: parseSettings(given),
    })),
  );
}

export interface SweepOptions extends Omit<TrainOptions, 'recipe' | 'out' | 'numbered' | 'resume' | 'settings'> {
  readonly points: readonly SweepPoint[];
  /** The folder of the runs' folders. */
  readonly out: string;
  /** Before each. */
  readonly onPoint?: (point: SweepPoint, number: number) => void;
}

/**
 * Trains one after another, each into a folder of its own. Runs that are there already are loaded, interrupted ones go on.
 * One that fails is noted, and the next begins. Writes `sweep.csv`.
 * @throws OnwardError kind `usage`; `interrupted` when the first was stopped before its first step
 */
export async function sweep(split: Split, { points, out, onPoint, ...options }: SweepOptions): Promise<SweepRow[]> {
  const rows: SweepRow[] = [];
  for (const [i, point] of points.entries()) {
    if (options.signal?.aborted) break;
    onPoint?.(point, i + 1);
    const { name, recipe, settings } = point;
    const path = join(out, name);
    const row = { name, recipe: recipe.name, settings, path };
    try {
      const run = await train(split, { ...options, recipe, settings, out: path, resume: true });
      rows.push({ ...row, outcome: run.outcome, run });
    } catch (error) {
      if (!(error instanceof OnwardError) || error.kind === 'usage') throw error;
      if (error.kind === 'interrupted') break;
      rows.push({ ...row, outcome: 'failed', reason: error.message });
    }
    await writeWhole(join(out, 'sweep.csv'), sweepCsv(rows));
  }
  if (rows.length === 0) throw new OnwardError('interrupted', 'stopped before the first step: nothing was trained');
  return rows;
}

/** The best in validation first, failed ones last. */
export const ranked = (rows: readonly SweepRow[]): SweepRow[] =>
  [...rows].sort((a, b) => (accuracyOf(b) ?? -1) - (accuracyOf(a) ?? -1) || a.name.localeCompare(b.name));

const accuracyOf = ({ run }: SweepRow) => run?.info.metrics.val_accuracy;

const cell = (value: unknown) => {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

function sweepCsv(rows: readonly SweepRow[]): string {
  const names = [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))] as (keyof Settings)[];
  const head = [
    'run',
    'recipe',
    ...names,
    'parameters',
    'best_epoch',
    'val_loss',
    'val_accuracy',
    'seconds',
    'outcome',
    'reason',
  ];
  const lines = rows.map(({ name, recipe, settings, run, outcome, reason }) => [
    ...[name, recipe, ...names.map((setting) => settings[setting])],
    ...[run?.info.parameters.total, run?.info.bestEpoch, run?.info.metrics.val_loss, run?.info.metrics.val_accuracy],
    ...[run?.info.seconds.toFixed(1), outcome, reason],
  ]);
  return `${[head, ...lines].map((line) => line.map(cell).join(',')).join('\n')}\n`;
}
