import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Split } from '../data/index.js';
import { makeFolder, writeWhole } from '../machine/index.js';
import { messageOf, OnwardError, unknownName } from '../runtime/common/index.js';
import { defaultEngine, type Engine } from '../runtime/engines/index.node.js';
import type { RunInfo } from '../runtime/model/index.js';
import { type ChosenBackend, type Recipe, recipeByName, type TrainProgress } from '../train/index.js';
import type { StudyContext } from './context.js';
import { fittedSplit, requireScale, scaledSplit, side } from './images.js';
import { studyPage } from './page/index.js';
import { digestOf, readRecord, writeRecord } from './record.js';
import type { Step } from './step.js';
import { steps } from './steps/index.js';
import { isThere, resultIn, type StepRow, type Study } from './study.js';
import { studyJson } from './study-json.js';
import { writePlots } from './write-plots.js';

export interface ReproduceOptions {
  /** How messages and the page name the images. */
  readonly name: string;
  /** How the parts were cut, for run.json. */
  readonly cut: RunInfo['split'];
  /** The study's folder: new, empty, or a study's. */
  readonly out: string;
  /** From `chooseBackend`. */
  readonly backend: ChosenBackend;
  /** Default: `ort-cpu`. */
  readonly engine?: Engine;
  /** Share of the images and of the epochs, above 0, at most 1. Default: 1. */
  readonly scale?: number;
  /** Of everything random. Default: 1. */
  readonly seed?: number;
  /** Draws an image of the test-time augmentation. Default: 10. */
  readonly draws?: number;
  /** Names of steps; what these need is done, too. What was done before is kept. Default: all. */
  readonly only?: readonly string[];
  /** In place of the registry's recipe of that name: one that begins with weights. */
  readonly recipes?: readonly Recipe[];
  readonly notes?: readonly string[];
  readonly signal?: AbortSignal;
  /** Before a step is done. */
  readonly onStep?: (step: Step, number: number, of: number) => void;
  /** When it is known what became of it. */
  readonly onRow?: (row: StepRow) => void;
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly onTraining?: (progress: TrainProgress) => void;
}

/** Raised when a step's result gets another form: what was done before is then done again. */
const format = 1;

/** @throws OnwardError kind `usage` for a step that there is not */
export function requireSteps(only: readonly string[]): void {
  const names = steps.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new OnwardError('usage', `--only: ${unknownName('step', unknown, names)}`);
  if (only.length === 0)
    throw new OnwardError('usage', `--only: expected names of steps (${names.join(', ')}), got none`);
}

/** @throws OnwardError kind `input` for a folder with something else in it */
export async function requireStudyOrFree(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code !== 'ENOTDIR') throw error;
    throw new OnwardError('input', `--out ${out}: expected a folder, or a place for one, got a file; name another`);
  });
  if (names.length === 0 || names.includes('steps')) return;
  throw new OnwardError(
    'input',
    `--out ${out}: expected a study's folder, or one that is empty or not there yet, got one with something else in it (${names[0]}); name another`,
  );
}

function withNeeds(only: readonly string[]): Set<Step> {
  const wanted = new Set<Step>();
  const add = (step: Step) => {
    wanted.add(step);
    for (const need of step.needs) add(need);
  };
  for (const step of steps) if (only.includes(step.name)) add(step);
  return wanted;
}

const countsOf = ({ train, val, test }: Split) => ({ train: train.length, val: val.length, test: test.length });

/**
 * The published study, step by step, into one folder: `runs/` (a run folder a training), `steps/` (what each step gave, with
 * the digest of what it depended on), `knn.onnx`, `activations/`, `plots/`, `study.json` and `index.html`, which are written anew after
 * every step. A second call does what is missing: a step whose images, settings, files or needs changed is done again. A step
 * that fails leaves its row blank with the reason, and the others go on; so does one that the signal stops, and none after it.
 * @throws OnwardError kind `usage` for a scale or a step that there is not, `input` for a folder with something else in it
 */
export async function reproduce(given: Split, options: ReproduceOptions): Promise<Study> {
  const { out, name, cut, backend, scale = 1, seed = 1, draws = 10, only, recipes = [], notes = [], signal } = options;
  const engine = options.engine ?? defaultEngine();
  requireScale(scale);
  if (only) requireSteps(only);
  await requireStudyOrFree(out);
  const natural = fittedSplit(scaledSplit(given, scale, seed));
  const colour = natural.train.shape[2] === 3 ? natural : fittedSplit(natural, 3);
  const rows: StepRow[] = [];
  const context: StudyContext = {
    ...{ out, scale, seed, draws, cut, backend, engine, signal },
    parts: natural,
    partsOf: (channels) => (channels === 3 ? colour : natural),
    recipe: (wanted) => recipes.find((recipe) => recipe.name === wanted) ?? recipeByName(wanted),
    resultOf(step) {
      const result = resultIn({ rows }, step);
      if (result === undefined) throw new Error(`${step.name} has no result: it must stand among what is needed`);
      return result;
    },
    onProgress: (what, done, total) => options.onProgress?.(what, done, total),
    onTraining: (progress) => options.onTraining?.(progress),
  };
  const [height, width] = given.train.shape;
  const study: Study = {
    out,
    dataset: {
      // The page is shown to others: no folders of this machine.
      ...{
        name:
          name
            .replace(/[\\/]+$/, '')
            .split(/[\\/]/)
            .at(-1) || name,
      },
      ...{ digest: given.train.digest, classes: given.train.classes, shape: given.train.shape },
      ...{ available: countsOf(given), used: countsOf(natural) },
    },
    ...{ scale, seed, engine: engine.name, backend: `${backend.backend}, ${backend.device}`, rows },
    notes: [
      ...(height === side && width === side ? [] : [`images of ${width}x${height} were fitted to ${side}x${side}`]),
      ...notes,
    ],
    interrupted: false,
  };
  await makeFolder(join(out, 'steps'));
  const wanted = only ? withNeeds(only) : new Set(steps);
  const sums = new Map<Step, string>();
  let interrupted = false;
  let number = 0;
  const write = async () => {
    // What is not reached yet stands there too.
    const rest = steps.slice(rows.length).map((step): StepRow => ({ step, state: 'not run', reason: 'not run' }));
    const sofar: Study = { ...study, rows: [...rows, ...rest], interrupted };
    await writeWhole(join(out, 'study.json'), `${JSON.stringify(studyJson(sofar), null, 1)}\n`);
    await writeWhole(join(out, 'index.html'), await studyPage(sofar));
    return sofar;
  };

  const rowOf = async (step: Step): Promise<StepRow> => {
    const isWanted = wanted.has(step);
    if (isWanted) number++;
    const missing = rows.find((row) => step.needs.includes(row.step) && !isThere(row));
    if (missing) {
      const why = missing.state === 'not run' ? 'was not run' : `has no result: ${missing.reason}`;
      return { step, state: missing.state, reason: `it needs ${missing.step.name}, which ${why}` };
    }
    const needs = step.needs.map((need) => sums.get(need)!);
    const digest = digestOf({ format, step: step.name, settings: step.settings(context), needs });
    const before = await readRecord(out, step.name, digest);
    if (before) {
      sums.set(step, before.sum);
      return { step, state: 'kept', seconds: before.seconds, result: before.result };
    }
    if (!isWanted || interrupted) return { step, state: 'not run', reason: 'not run' };
    options.onStep?.(step, number, wanted.size);
    const began = performance.now();
    const outcome = await step.run(context);
    if ('blank' in outcome) return { step, state: 'blank', reason: outcome.blank };
    const seconds = (performance.now() - began) / 1000;
    const { result } = outcome;
    const record = await writeRecord(out, { step: step.name, digest, seconds, result }, outcome.files ?? []);
    sums.set(step, record.sum);
    return { step, state: 'done', seconds, result: record.result };
  };

  for (const step of steps) {
    interrupted ||= signal?.aborted ?? false;
    let row: StepRow;
    try {
      row = await rowOf(step);
    } catch (error) {
      if (!(error instanceof OnwardError) || error.kind === 'usage') throw error;
      const stopped = error.kind === 'interrupted';
      interrupted ||= stopped;
      row = stopped
        ? { step, state: 'not run', reason: 'stopped before its end' }
        : { step, state: 'failed', reason: messageOf(error) };
    }
    rows.push(row);
    options.onRow?.(row);
    if (row.state === 'done') await write();
  }
  const final = await write();
  await writePlots(final);
  return final;
}
