import { Command } from 'commander';
import { OnwardError } from '../runtime/common/index.js';
import {
  chooseBackend,
  extremes,
  formatExtremes,
  formatSummary,
  parseSettings,
  type Recipe,
  readProgress,
  recipes,
  summaryOf,
} from '../train/index.js';
import { chooseRecipe } from './lib/chosen-recipe.js';
import { datasetOptions, withDatasetFlags } from './lib/dataset-flags.js';
import { interruptSignal } from './lib/interrupt.js';
import { openDataset } from './lib/open-dataset.js';
import { minutes } from './lib/progress.js';
import { recipeList, requireOneOf, settingsHelp, withRecipeFlags } from './lib/recipe-flags.js';
import { runTraining, type TrainFlags } from './lib/run-training.js';

/**
 * `--resume <run>`: what the run was begun with, under what is said now.
 * @throws OnwardError kind `input` for a folder without a checkpoint
 */
async function resumed(
  run: string,
  given: string | undefined,
  said: Partial<TrainFlags>,
  flags: TrainFlags,
): Promise<{ dataset: string | undefined; flags: TrainFlags }> {
  const progress = await readProgress(run);
  if (!progress) {
    throw new OnwardError(
      'input',
      `--resume ${run}: there is no checkpoint; expected the folder of a run that this version of onward trained`,
    );
  }
  const { dataset, ...begun } = progress.origin as Partial<TrainFlags> & { dataset?: string };
  return { dataset: given ?? dataset, flags: { ...flags, ...begun, ...said, out: run } };
}

/** The images that a recipe is shown for: those of a dataset, or what most of the recipes were published for. */
async function imagesOf(dataset: string | undefined, recipe: Recipe, flags: TrainFlags, signal: AbortSignal) {
  const { size = 32, channels } = flags;
  const wanted = channels ? (Number(channels) as 1 | 3) : undefined;
  if (dataset === undefined) return { shape: [size, size, wanted ?? recipe.channels ?? 3] as const, classes: 10 };
  const { train } = await openDataset(dataset, { signal, ...datasetOptions(flags) });
  return { shape: train.shape, classes: train.classes.length };
}

/** `--summary`: the network of a recipe, without training. */
async function printSummary(dataset: string | undefined, flags: TrainFlags, signal: AbortSignal): Promise<void> {
  const backend = () => chooseBackend(flags.backend);
  const { recipe, images } = await chooseRecipe(flags, { backend, signal, dry: true });
  const { shape, classes } = await imagesOf(dataset, recipe, { ...images, ...flags }, signal);
  const { stages } = parseSettings(flags.set ?? []);
  const { tf } = await backend();
  const summary = summaryOf(tf, recipe, { shape, classes }, { ...(stages !== undefined && { stages }) });
  console.log(flags.json ? JSON.stringify(summary) : formatSummary(summary));
}

export const trainCommand = withRecipeFlags(
  withDatasetFlags(
    new Command('train')
      .description('train a classifier on labelled images')
      .argument(
        '[dataset]',
        'mnist, street-digits[:<images>][,seed=<n>], svhn, a folder with a folder of images for each class, or another of docs/data.md',
      )
      .option('--recipe <name>', `what to train: ${recipeList}`, recipes[0]!.name),
  ),
  'another setting, as often as needed: see below',
)
  .option('--out <folder>', 'the run folder to write (default: runs/<dataset>-<recipe>)')
  .option(
    '--resume [run]',
    'go on with a run that was interrupted; without its name, with one of this dataset and these settings, where there is one',
  )
  .option('--force', 'train what was trained already; with --out, over the run that is there')
  .option(
    '--summary',
    "print the recipe's layers and parameters, and train nothing; without a dataset for 32x32 images of 10 classes",
  )
  .option('--json', 'print run.json on stdout')
  .addHelpText(
    'after',
    () =>
      `${settingsHelp()}\nExamples:\n  $ npx onward train photos/ --out runs/photos\n` +
      '  $ npx onward train photos/ --set learningRate=1e-3 --set patience=5 --class-weights balanced\n' +
      '  $ npx onward train photos/ --backbone mobilenet-v2\n' +
      '  $ npx onward train --resume runs/photos\n',
  )
  .action(async (dataset: string | undefined, flags: TrainFlags, command: Command) => {
    const signal = interruptSignal();
    requireOneOf(command);
    if (flags.summary) return printSummary(dataset, flags, signal);
    const said = Object.fromEntries(
      Object.entries(flags).filter(([name]) => command.getOptionValueSource(name) === 'cli'),
    );
    const wanted =
      typeof flags.resume === 'string' ? await resumed(flags.resume, dataset, said, flags) : { dataset, flags };
    if (wanted.dataset === undefined) throw new OnwardError('usage', "missing required argument 'dataset'; see --help");
    const { path, info, history, outcome } = await runTraining(wanted.dataset, wanted.flags, signal);
    const curves = history.length > 0 ? extremes(history) : undefined;
    if (flags.json) console.log(JSON.stringify({ path, outcome, ...info, ...curves }));
    if (curves) console.error(`\n${formatExtremes(curves)}\n`);
    const { val_accuracy: val, test_accuracy: test } = info.metrics;
    const ending = info.interrupted
      ? 'interrupted; '
      : info.stopped === 'early'
        ? 'stopped early: no better since; '
        : '';
    console.error(
      `${ending}best epoch ${info.bestEpoch}: validation ${percent(val)}` +
        `${test === undefined ? '' : `, test ${percent(test)}`}; ${minutes(info.seconds)} min; written to ${path}` +
        `${info.interrupted ? `, which --resume ${path} goes on with` : ''}`,
    );
    if (info.interrupted) process.exitCode = 130;
  });

const percent = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(2)} %`);
