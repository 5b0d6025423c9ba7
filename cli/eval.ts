import { dirname, join } from 'node:path';
import { Command } from 'commander';
import {
  type Evaluation,
  evaluate,
  openSourceFor,
  partOf,
  predictAhead,
  reportJson,
  requireReportPlace,
} from '../evaluate/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { defaultEngine, type Engine, openSession } from '../runtime/engines/index.node.js';
import { type LoadedModel, loadModelFile } from '../runtime/model/index.node.js';
import { requireOutside } from './lib/dataset-out.js';
import { engineFlag } from './lib/engine-list.js';
import { compareCommand } from './lib/eval-compare.js';
import { writeEvalReport } from './lib/eval-report.js';
import { formatEvaluation } from './lib/eval-text.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';
import { openDataset } from './lib/open-dataset.js';
import { progress } from './lib/progress.js';
import { readLabels } from './lib/read-labels.js';

interface EvalFlags {
  data?: string;
  split?: string;
  engine?: Engine;
  batch?: number;
  tta?: number;
  seed: number;
  softmax?: boolean;
  labels?: string;
  classifier?: string;
  report?: string | true;
  compare?: string[];
  verify?: boolean;
  force?: boolean;
  strict?: boolean;
  allowAltered?: boolean;
  allowDifferent?: boolean;
  json?: boolean;
}

async function load(path: string, { allowAltered, classifier, labels: given }: EvalFlags): Promise<LoadedModel> {
  const model = await loadModelFile(path, { allowAltered, classifier });
  if (given === undefined) return model;
  const labels = await readLabels(given);
  if (labels.length === model.labels.length) return { ...model, labels };
  throw new OnwardError(
    'input',
    `--labels: expected ${model.labels.length} names, one for each output of ${path}, got ${labels.length}`,
  );
}

async function run(
  path: string,
  data: string,
  flags: EvalFlags,
  signal: AbortSignal,
  report: string | undefined,
): Promise<Evaluation> {
  const model = await load(path, flags);
  const engine = flags.engine ?? defaultEngine();
  const { split, batch, softmax, allowDifferent = false } = flags;
  const ahead = softmax
    ? undefined
    : predictAhead(() => openSession(engine, model, { allowDifferent }), model, { data, split, batch, signal });
  const bar = progress('evaluating');
  try {
    const source = await openSourceFor(
      model,
      (options) => openDataset(data, { ...options, signal, strict: flags.strict ?? false }),
      ahead?.onImages,
    );
    if (report !== undefined) await requireOutside(data, source.train, report, '--report');
    const part = await partOf(source, model, split);
    return await evaluate(model, part, {
      ...{ engine, batch, softmax, allowDifferent, ahead, signal },
      tta: flags.tta === undefined ? undefined : { draws: flags.tta, seed: flags.seed },
      onProgress: (what, done, total) => bar.update(done, total, what === 'augmenting' ? 'with augmentation' : ''),
    });
  } finally {
    bar.stop();
    await ahead?.close();
  }
}

export const evalCommand = new Command('eval')
  .description('say how good a classifier is, and where it fails')
  .argument('[model]', 'a model.onnx')
  .option('--data <dataset>', 'labelled images: a folder, a name, files; see docs/data.md')
  .option(
    '--split <part>',
    'train, val, test, all, or a split file, with :train or :val behind it for another part than test (default: what training kept for the end, else all)',
  )
  .option('--engine <name>', 'what runs the model (default: ort-cpu)', engineFlag)
  .option('--batch <n>', 'images at once (default: what proves the quickest)', wholeNumber())
  .option('--tta <n>', "also with test-time augmentation: the training's own, the mean of so many draws", wholeNumber())
  .option('--seed <n>', 'of the draws', wholeNumber(0), 1)
  .option('--classifier <file>', 'what an ONNX file that is not ours does not say: a JSON file, or JSON')
  .option('--labels <names>', "what the model's outputs are called: cat,dog or a file with one a line")
  .option('--softmax', 'the model gives logits')
  .option(
    '--report [folder]',
    'write a report: a page, plots, numbers, a model card (default: report/ beside the model)',
  )
  .option(
    '--compare <runs...>',
    'two or more runs that have a report, side by side, with the significance of each difference',
  )
  .option('--verify', 'with all engines compared in the report')
  .option('--force', 'write over a report that is there')
  .option('--strict', 'an unreadable image is an error, not skipped')
  .option('--allow-altered', 'evaluate a file that was altered after it was exported')
  .option('--allow-different', 'evaluate a model that predicts differently here than where it was trained')
  .option('--json', 'print every number as JSON')
  .addHelpText(
    'after',
    '\nExamples:\n  $ npx onward eval runs/photos/model.onnx --data photos/ --report\n  $ npx onward eval --compare runs/photos runs/photos-2\n',
  )
  .action(async (path: string | undefined, flags: EvalFlags) => {
    if (flags.compare) {
      if (path === undefined && flags.data === undefined) return compareCommand(flags.compare, flags);
      throw new OnwardError(
        'usage',
        'expected --compare with runs and nothing else, got a model or --data too; see --help',
      );
    }
    if (path === undefined) throw new OnwardError('usage', "missing required argument 'model'; see --help");
    if (flags.data === undefined)
      throw new OnwardError('usage', 'expected --data with labelled images, got none; see --help');
    const signal = interruptSignal();
    const folder = flags.report === true ? join(dirname(path), 'report') : flags.report;
    if (folder !== undefined) await requireReportPlace(folder, flags.force);
    const evaluation = await run(path, flags.data, flags, signal, folder);
    const page =
      folder === undefined ? undefined : await writeEvalReport(folder, evaluation, flags.verify ?? false, signal);
    console.log(flags.json ? JSON.stringify(reportJson(evaluation)) : formatEvaluation(evaluation));
    if (page !== undefined) console.error(`\nreport: ${page}`);
  });
