import { Command } from 'commander';
import { type Dataset, type OpenedSource, splitDataset, wholeOf } from '../data/index.js';
import { datasetImages, type Images, type ParityReport, type Verdict, verify } from '../evaluate/index.js';
import { OnwardError } from '../runtime/common/index.js';
import type { Engine } from '../runtime/engines/index.node.js';
import { type LoadedModel, loadModelFile } from '../runtime/model/index.node.js';
import { engineList } from './lib/engine-list.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';
import { openDataset } from './lib/open-dataset.js';
import { progress } from './lib/progress.js';
import { table } from './lib/table.js';

interface VerifyFlags {
  data?: string;
  engines?: Engine[];
  limit?: number;
  allowAltered?: boolean;
  json?: boolean;
}

/**
 * The images of a dataset that the model was not trained on: its test part, or the one that training cut off it; of another
 * dataset, all.
 */
export async function imagesOf(
  model: LoadedModel,
  spec: string,
  limit: number | undefined,
  signal: AbortSignal,
): Promise<Images> {
  const { width, height, channels, fit, background } = model.input;
  const source = await openDataset(spec, { size: { width, height }, channels, fit, background, signal });
  return datasetImages(source.test ?? testPart(source, model) ?? wholeOf(source), model, limit);
}

/** What training kept for the end, where this is the dataset that it was given. */
function testPart(source: OpenedSource, { provenance: { split, dataset } }: LoadedModel): Dataset | undefined {
  if (!split || split.test === 0) return undefined;
  try {
    const { train, test } = splitDataset(source, split);
    return train.digest === dataset?.digest ? test : undefined;
  } catch (error) {
    // Too few images for that split: it is another dataset.
    if (error instanceof OnwardError && error.kind === 'input') return undefined;
    throw error;
  }
}

/** Runs the comparison with progress; `npm start` does the same. */
export async function runVerify(path: string, flags: VerifyFlags, signal: AbortSignal): Promise<ParityReport> {
  const model = await loadModelFile(path, { allowAltered: flags.allowAltered ?? false });
  for (const guess of model.guesses) console.error(`note: ${guess}`);
  const images = flags.data === undefined ? undefined : await imagesOf(model, flags.data, flags.limit, signal);
  const bar = progress('verifying');
  try {
    return await verify(model, {
      images,
      engines: flags.engines,
      signal,
      onProgress: (engine, done, total) => bar.update(done, total, engine),
    });
  } finally {
    bar.stop();
  }
}

/** The parity table, and under it why engines are absent or differ. */
export function formatParity(report: ParityReport): string {
  const dash = '–';
  const small = (value: number | null) => (value === null ? dash : value === 0 ? '0' : value.toExponential(1));
  const rows = report.engines.map((row) => [
    row.engine,
    row.device ?? dash,
    row.images ? String(row.images) : dash,
    small(row.maxAbsDiff),
    small(row.meanAbsDiff),
    row.top1Agreement === null ? dash : `${(row.top1Agreement * 100).toFixed(2)}%`,
    row.nearTies === null ? dash : String(row.nearTies),
    row.imagesPerSecond === null ? dash : row.imagesPerSecond.toFixed(row.imagesPerSecond < 10 ? 1 : 0),
    row.verdict,
  ]);
  const what = report.compared === 'distances' ? '|Δd|' : '|Δp|';
  const head = [
    'engine',
    'device',
    'images',
    `max ${what}`,
    `mean ${what}`,
    'top-1',
    'near-ties',
    'images/s',
    'verdict',
  ];
  const reasons = report.engines.filter((row) => row.reason).map((row) => `${row.engine}: ${row.reason}`);
  const ran = report.engines.map((row) => row.images).filter((images) => images > 0);
  const fewer = new Set(ran).size > 1;
  return [
    `${report.model}: ${report.images}, compared with ${report.reference}${report.standIn ? ` (${report.standIn})` : ''}`,
    '',
    table([head, ...rows]),
    ...(reasons.length > 0 ? ['', ...reasons] : []),
    '',
    ...(report.compared === 'distances'
      ? ['Δd: distances to the neighbours, in units of the usual one; votes jump where two neighbours are as far.']
      : []),
    ...(fewer ? ['An engine whose GPU is played by software took fewer images.'] : []),
    conclusion(report),
  ].join('\n');
}

/** What the table comes to, in one sentence that claims no more than was compared. */
function conclusion({ engines, passed, reference }: ParityReport): string {
  const has = (...verdicts: Verdict[]) => engines.some((row) => verdicts.includes(row.verdict));
  if (has('differs', 'failed')) return 'Not every engine predicts the same.';
  if (!passed) return 'An engine that was asked for is not here.';
  if (!has('agrees')) return `Nothing was compared: only ${reference} ran.`;
  return 'Every engine present predicts the same.';
}

export const verifyCommand = new Command('verify')
  .description('prove that every engine on this machine predicts the same')
  .argument('<model>', 'a model.onnx')
  .option(
    '--data <dataset>',
    'images to compare on, their test part if they have one (default: the golden samples in the file)',
  )
  .option('--engines <a,b>', 'only these; one that is not there is then an error (default: all)', engineList)
  .option('--limit <n>', 'at most so many images', wholeNumber())
  .option('--allow-altered', 'verify a file that was altered after it was exported')
  .option('--json', 'print the report as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward verify runs/photos/model.onnx --data photos/\n')
  .action(async (path: string, flags: VerifyFlags) => {
    const report = await runVerify(path, flags, interruptSignal());
    console.log(flags.json ? JSON.stringify(report) : formatParity(report));
    if (!report.passed) process.exitCode = 1;
  });
