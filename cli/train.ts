import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { splitDataset } from '../data/index.js';
import { OnwardError } from '../runtime/common/index.js';
import {
  chooseBackend,
  formatSummary,
  freeRunPath,
  recipeByName,
  recipes,
  requireFreePath,
  summaryOf,
  type TrainProgress,
  train,
} from '../train/index.js';
import { interruptSignal } from './lib/interrupt.js';
import { share, wholeNumber } from './lib/numbers.js';
import { openDataset } from './lib/open-dataset.js';
import { minutes, progress } from './lib/progress.js';

export interface TrainFlags {
  recipe: string;
  epochs?: number;
  batchSize?: number;
  seed: number;
  backend: string;
  out?: string;
  size?: number;
  channels?: '1' | '3';
  fit?: 'contain' | 'cover' | 'stretch';
  val: number;
  test: number;
  strict?: boolean;
  summary?: boolean;
  json?: boolean;
}

/** Bar on a terminal, a line an epoch everywhere; all on stderr, so that `--json` has stdout for itself. */
function reporter() {
  const bar = progress('training');
  return {
    stop: () => bar.stop(),
    onProgress(event: TrainProgress) {
      if (event.kind === 'start') {
        console.error(`${formatSummary(event.summary)}\n`);
      } else if (event.kind === 'step') {
        const { epoch, epochs, step, steps, loss, accuracy, imagesPerSecond, secondsLeft } = event;
        const text = `${epoch}/${epochs} loss ${loss.toFixed(3)} acc ${(accuracy * 100).toFixed(1)}% ${imagesPerSecond.toFixed(0)} img/s ${minutes(secondsLeft)} left`;
        bar.update((epoch - 1) * steps + step, epochs * steps, text);
      } else {
        bar.stop();
        const { epoch, loss, accuracy, val_loss, val_accuracy, seconds } = event.row;
        console.error(
          `epoch ${epoch}/${event.epochs}: loss ${loss.toFixed(4)}, accuracy ${(accuracy * 100).toFixed(2)} %, ` +
            `val_loss ${val_loss.toFixed(4)}, val_accuracy ${(val_accuracy * 100).toFixed(2)} %, ${seconds.toFixed(1)} s${event.best ? ' (best)' : ''}`,
        );
      }
    },
  };
}

/** How images are read, as the flags say. */
const datasetOptions = ({ size, channels, fit, strict }: TrainFlags) => ({
  ...(size !== undefined && { size }),
  ...(channels && { channels: Number(channels) as 1 | 3 }),
  ...(fit && { fit }),
  ...(strict && { strict }),
});

/** Trains as the flags say; `npm start` does the same. */
export async function runTraining(dataset: string, flags: TrainFlags, signal: AbortSignal) {
  const recipe = recipeByName(flags.recipe);
  // Before anything that takes time.
  if (flags.out !== undefined) await requireFreePath(flags.out);
  const source = await openDataset(dataset, { signal, ...datasetOptions(flags) });
  const cut = { seed: flags.seed, val: flags.val, test: flags.test };
  const split = splitDataset(source, cut);
  const backend = await chooseBackend(flags.backend);
  const { backend: name, device, reason } = backend;
  console.error(
    `backend: ${name} (${name === 'native' ? 'TensorFlow' : 'TensorFlow.js'} ${backend.version}, ${device})`,
  );
  if (reason) console.error(`  because ${reason}`);
  const { train: t, val, test } = split;
  console.error(
    `${source.name}: ${t.length} images to train, ${val.length} to validate, ${test.length} to test; ${t.classes.length} classes, ${t.shape.join('x')}`,
  );
  const out = flags.out ?? (await freeRunPath(join('runs', `${basename(source.name)}-${recipe.name}`)));
  const report = reporter();
  try {
    return await train(split, {
      recipe,
      backend,
      out,
      seed: flags.seed,
      split: cut,
      signal,
      onProgress: report.onProgress,
      ...(flags.epochs !== undefined && { epochs: flags.epochs }),
      ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }),
    });
  } finally {
    report.stop();
  }
}

/** The images that a recipe is shown for: those of a dataset, or what most of the recipes were published for. */
async function imagesOf(dataset: string | undefined, flags: TrainFlags, signal: AbortSignal) {
  const { size = 32, channels } = flags;
  const wanted = channels ? (Number(channels) as 1 | 3) : undefined;
  if (dataset === undefined) {
    return { shape: [size, size, wanted ?? recipeByName(flags.recipe).channels ?? 3] as const, classes: 10 };
  }
  const { train } = await openDataset(dataset, { signal, ...datasetOptions(flags) });
  return { shape: train.shape, classes: train.classes.length };
}

/** `--summary`: the network of a recipe, without training. */
async function printSummary(dataset: string | undefined, flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const { shape, classes } = await imagesOf(dataset, flags, signal);
  const { tf } = await chooseBackend(flags.backend);
  const summary = summaryOf(tf, recipeByName(flags.recipe), { shape, classes });
  console.log(flags.json ? JSON.stringify(summary) : formatSummary(summary));
}

export const trainCommand = new Command('train')
  .description('train a classifier on labelled images')
  .argument('[dataset]', 'mnist (10,000 real handwritten digits), or a folder with a folder of images for each class')
  .option(
    '--recipe <name>',
    `what to train: ${recipes.map(({ name, description }) => `${name} (${description})`).join('; ')}`,
    recipes[0]!.name,
  )
  .option('--epochs <n>', "how often to go through the images (default: the recipe's)", wholeNumber())
  .option('--batch-size <n>', "images a step (default: the recipe's)", wholeNumber())
  .option('--seed <n>', 'same seed, same result', wholeNumber(0), 1)
  .option('--backend <name>', 'native, wasm, or auto: native where it is there', 'auto')
  .option('--out <folder>', 'the run folder to write (default: runs/<dataset>-<recipe>)')
  .option(
    '--size <pixels>',
    'side of the square that images are fitted to (default: their own when all are equal and small, else 64)',
    wholeNumber(8),
  )
  .addOption(new Option('--channels <n>', '1: gray, 3: colour (default: what the images are)').choices(['1', '3']))
  .addOption(
    new Option('--fit <how>', 'contain: whole, with a margin; cover: filled, cut; default: contain').choices([
      'contain',
      'cover',
      'stretch',
    ]),
  )
  .option('--val <share>', 'of the images, to validate on', share, 0.1)
  .option('--test <share>', 'of the images, kept for one look at the end', share, 0.2)
  .option('--strict', 'an unreadable image is an error, not skipped')
  .option(
    '--summary',
    "print the recipe's layers and parameters, and train nothing; without a dataset for 32x32 images of 10 classes",
  )
  .option('--json', 'print run.json on stdout')
  .addHelpText('after', '\nExample:\n  $ npx onward train photos/ --out runs/photos\n')
  .action(async (dataset: string | undefined, flags: TrainFlags) => {
    const signal = interruptSignal();
    if (flags.summary) return printSummary(dataset, flags, signal);
    if (dataset === undefined) throw new OnwardError('usage', "missing required argument 'dataset'; see --help");
    const run = await runTraining(dataset, flags, signal);
    if (flags.json) console.log(JSON.stringify({ path: run.path, ...run.info }));
    const { val_accuracy: val, test_accuracy: test } = run.info.metrics;
    console.error(
      `${run.info.interrupted ? 'stopped early; ' : ''}best epoch ${run.info.bestEpoch}: validation ${percent(val)}` +
        `${test === undefined ? '' : `, test ${percent(test)}`}; ${minutes(run.info.seconds)} min; written to ${run.path}`,
    );
    if (run.info.interrupted) process.exitCode = 130;
  });

const percent = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(2)} %`);
