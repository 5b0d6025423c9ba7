import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { issueOf } from '../../runtime/model/index.js';
import { type Outcomes, parsePredictions } from './parse-predictions.js';

const average = z.object({ precision: z.number(), recall: z.number(), f1: z.number() });
const number = z.number().nullable();

/** What is compared of a report.json; what else is in it is left alone. */
const reportSchema = z.object({
  format: z.literal(1),
  model: z.object({
    file: z.string(),
    digest: z.string().nullable(),
    bytes: z.number(),
    labels: z.array(z.string()),
    provenance: z.looseObject({ recipe: z.string().optional(), parameters: z.number().optional() }),
  }),
  dataset: z.object({
    name: z.string(),
    digest: z.string(),
    images: z.number(),
    part: z.string(),
    how: z.string(),
    shape: z.array(z.number()).optional(),
  }),
  metrics: z.object({
    accuracy: z.object({ correct: z.number(), value: z.number(), low: z.number(), high: z.number() }),
    logLoss: z.number(),
    balancedAccuracy: z.number(),
    kappa: number,
    averages: z.object({ macro: average, weighted: average }),
    rocAuc: z.object({ macro: number }),
    calibration: z.object({ ece: z.number() }),
    perClass: z.array(z.object({ name: z.string(), support: z.number(), f1: number })),
  }),
  speed: z.object({ imagesPerSecond: z.number() }),
});

export type ComparedReport = z.infer<typeof reportSchema>;

/** An evaluation that lies in a folder. */
export interface EvaluatedRun {
  /** How it is called in tables. */
  readonly name: string;
  readonly folder: string;
  readonly report: ComparedReport;
  readonly outcomes: Outcomes;
}

/** The folder itself, or `report/` in it: where report.json is. */
async function reportFolder(path: string): Promise<string> {
  for (const folder of [path, join(path, 'report')]) {
    if (await stat(join(folder, 'report.json')).catch(() => undefined)) return folder;
  }
  throw new OnwardError(
    'input',
    `${path}: expected a run or a report that onward eval --report wrote, but there is no report.json; evaluate it first: npx onward eval ${join(path, 'model.onnx')} --data <dataset> --report`,
  );
}

/**
 * Reads what `onward eval --report` left.
 * @param path a run's folder or a report's
 * @throws OnwardError kind `input` where there is none, or it is damaged
 */
export async function readEvaluatedRun(path: string): Promise<EvaluatedRun> {
  const folder = await reportFolder(path);
  const file = join(folder, 'report.json');
  const refuse = (why: string, cause?: unknown) =>
    new OnwardError(
      'input',
      `${file}: expected the numbers of an evaluation, got ${why}; evaluate it again with --report --force`,
      { cause },
    );
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw refuse(`what is no JSON (${messageOf(cause)})`, cause);
  }
  const parsed = reportSchema.safeParse(json);
  if (!parsed.success) throw refuse(`something else (${issueOf(parsed.error)})`);
  const predictions = join(folder, 'predictions.csv');
  const text = await readFile(predictions, 'utf8').catch((cause) => {
    throw new OnwardError(
      'input',
      `${predictions} cannot be read (${messageOf(cause)}); evaluate it again with --report --force`,
      { cause },
    );
  });
  const outcomes = parsePredictions(text, predictions);
  if (outcomes.bySha.size !== parsed.data.dataset.images)
    throw refuse(`${parsed.data.dataset.images} images, and ${outcomes.bySha.size} predictions beside them`);
  const absolute = resolve(path);
  const name = basename(absolute) === 'report' ? basename(resolve(absolute, '..')) : basename(absolute);
  return { name, folder, report: parsed.data, outcomes };
}
