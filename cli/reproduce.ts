import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { OnwardError } from '../runtime/common/index.js';
import type { Engine } from '../runtime/engines/index.node.js';
import { reproduce, requireSteps, requireStudyOrFree, type StepRow, steps, studyJson } from '../study/index.js';
import { requireBackendName } from '../train/index.js';
import { chooseRecipe } from './lib/chosen-recipe.js';
import { type DatasetFlags, openSplit } from './lib/dataset-flags.js';
import { requireOutside } from './lib/dataset-out.js';
import { engineFlag } from './lib/engine-list.js';
import { interruptSignal } from './lib/interrupt.js';
import { share, wholeNumber } from './lib/numbers.js';
import { progress } from './lib/progress.js';
import { openBackend } from './lib/recipe-flags.js';
import { formatStudy } from './lib/study-text.js';
import { trainReport } from './lib/train-report.js';

interface ReproduceFlags extends Pick<DatasetFlags, 'seed' | 'split' | 'val' | 'test' | 'strict'> {
  scale: number;
  out: string;
  only?: string[];
  weights: string;
  tta: number;
  backend: string;
  engine?: Engine;
  json?: boolean;
}

function scaleFlag(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError(`Expected a share above 0, at most 1, got "${text}".`);
}

/** Images as the study has them; those whose size is fixed are opened as they are, and fitted by it. */
async function openImages(dataset: string, flags: ReproduceFlags, signal: AbortSignal) {
  try {
    return await openSplit(dataset, { ...flags, size: 32 }, signal);
  } catch (error) {
    // What a source whose images have one size says of another one.
    if (!(error instanceof OnwardError && error.kind === 'usage')) throw error;
    return openSplit(dataset, flags, signal);
  }
}

/** The recipe that `--weights` is for, and what it says by default. */
const pretrained = 'vgg16-finetune';
const fromScratch = 'none';

const lineOf = ({ step, state, reason, seconds }: StepRow): string =>
  `${step.name}: ${state}${state === 'done' ? ` in ${seconds!.toFixed(1)} s` : ''}${reason && reason !== state ? ` (${reason})` : ''}`;

export const reproduceCommand = new Command('reproduce')
  .description(
    'the published study of street-number classifiers: six recipes, and what it found with them, on one page',
  )
  .argument('<dataset>', 'the folder of SVHN’s .mat files, or any labelled images; see docs/data.md')
  .option('--scale <share>', 'of the images and of the epochs, for a look on a laptop', scaleFlag, 1)
  .option('--out <folder>', 'where the study is written; what is done there is kept', join('runs', 'study'))
  .option('--only <steps>', 'these, a,b, and what they need (default: all)', (text: string) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
  .option(
    '--weights <file>',
    'what vgg16-finetune begins with: a Keras .h5 file, published (fetched), or none',
    fromScratch,
  )
  .option('--tta <n>', 'draws an image of the test-time augmentation', wholeNumber(), 10)
  .option('--split <how>', 'random, blocks (consecutive images stay together), or a split file', 'random')
  .option('--val <share>', 'of the images, to validate on, where there is no such part', share, 0.1)
  .option('--test <share>', 'of the images, kept for the end, where there is no such part', share, 0.2)
  .option('--seed <n>', 'same seed, same result', wholeNumber(0), 1)
  .option('--backend <name>', 'what trains: native, wasm, or auto: native where it is there', 'auto')
  .option('--engine <name>', 'what evaluates (default: ort-cpu)', engineFlag)
  .option('--strict', 'an unreadable image is an error, not skipped')
  .option('--json', 'print every number as JSON')
  .addHelpText(
    'after',
    `\nSteps:\n${steps.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join('\n')}\n\nThe same command again keeps what is done and goes on with the rest; so it does after Ctrl-C.\n\nExample:\n  $ npx onward reproduce svhn/ --scale 0.05\n`,
  )
  .action(async (dataset: string, flags: ReproduceFlags) => {
    const signal = interruptSignal();
    const { out, only, scale, seed, tta: draws, engine } = flags;
    // Before anything that takes time.
    requireBackendName(flags.backend);
    if (only) requireSteps(only);
    await requireStudyOrFree(out);
    const { source, parts, cut } = await openImages(dataset, flags, signal);
    await requireOutside(dataset, source.train, out);
    const backend = await openBackend(flags.backend);
    const { weights } = flags;
    const begun =
      weights === fromScratch
        ? []
        : [(await chooseRecipe({ recipe: pretrained, weights }, { backend: async () => backend, signal })).recipe];
    const report = trainReport({ summary: false });
    let bar = progress('');
    let doing = '';
    const stop = () => {
      report.stop();
      bar.stop();
      doing = '';
    };
    try {
      const study = await reproduce(parts, {
        ...{ name: source.name, cut, out, backend, scale, seed, draws, signal },
        ...(only && { only }),
        ...(engine && { engine }),
        ...{ recipes: begun, notes: source.notes },
        onStep(step, number, of) {
          stop();
          console.error(`\n── ${number}/${of} ${step.name}: ${step.what}`);
          if (step.name !== pretrained || weights !== fromScratch) return;
          console.error(
            'it begins from scratch: --weights published fetches those of ImageNet, --weights <file> reads them',
          );
        },
        onRow(row) {
          stop();
          if (row.state !== 'not run') console.error(lineOf(row));
        },
        onProgress(what, done, total) {
          if (what !== doing) {
            bar.stop();
            bar = progress(what);
            doing = what;
          }
          bar.update(done, total);
        },
        onTraining: report.onProgress,
      });
      stop();
      if (flags.json) console.log(JSON.stringify(studyJson(study)));
      else console.log(`\n${formatStudy(study)}`);
      console.error(`\npage: ${join(out, 'index.html')}`);
      if (study.interrupted) {
        throw new OnwardError('interrupted', `stopped; what is done stays in ${out}, and the same command goes on`);
      }
      if (study.rows.some(({ state }) => state === 'failed')) process.exitCode = 1;
    } finally {
      stop();
    }
  });
