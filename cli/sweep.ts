import { join } from 'node:path';
import { Command } from 'commander';
import { OnwardError } from '../runtime/common/index.js';
import {
  type ChosenBackend,
  extremes,
  ranked,
  recipes,
  type Settings,
  type SweepRow,
  sweep,
  sweepPoints,
} from '../train/index.js';
import { chooseRecipes } from './lib/chosen-recipe.js';
import { type DatasetFlags, openSplit, withDatasetFlags } from './lib/dataset-flags.js';
import { requireOutside } from './lib/dataset-out.js';
import { fileName } from './lib/file-name.js';
import { interruptSignal } from './lib/interrupt.js';
import { minutes } from './lib/progress.js';
import {
  openBackend,
  type RecipeFlags,
  recipeList,
  recipeOptions,
  requireOneOf,
  settingsHelp,
  withRecipeFlags,
} from './lib/recipe-flags.js';
import { table } from './lib/table.js';
import { trainReport } from './lib/train-report.js';

interface SweepFlags extends DatasetFlags, RecipeFlags {
  recipe: string;
  out?: string;
  force?: boolean;
  json?: boolean;
}

const percent = (value: number | undefined) => (value === undefined ? '' : `${(value * 100).toFixed(2)}%`);

function formatSweep(rows: readonly SweepRow[]): string {
  const names = [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))] as (keyof Settings)[];
  const lines = ranked(rows).map(({ recipe, settings, run, outcome }) => {
    const gap = run && run.history.length > 0 ? extremes(run.history).gap : undefined;
    return [
      ...[recipe, ...names.map((name) => String(settings[name] ?? ''))],
      run ? run.info.parameters.total.toLocaleString('en') : '',
      run ? `${run.info.bestEpoch}/${run.info.epochs}` : '',
      run ? run.info.metrics.val_loss!.toFixed(4) : '',
      percent(run?.info.metrics.val_accuracy),
      gap ? `${gap.accuracy < 0 ? '' : '+'}${(gap.accuracy * 100).toFixed(2)}` : '',
      run ? minutes(run.info.seconds) : '',
      run?.info.interrupted ? 'interrupted' : outcome,
    ];
  });
  return table([
    ['recipe', ...names, 'parameters', 'best epoch', 'val_loss', 'val_accuracy', 'gap', 'min', 'outcome'],
    ...lines,
  ]);
}

/** For `--json`: a row a training, in the order in which they were trained. */
const plain = ({ run, ...row }: SweepRow) => ({
  ...row,
  ...(run && { ...run.info, ...(run.history.length > 0 && extremes(run.history)) }),
});

export const sweepCommand = withRecipeFlags(
  withDatasetFlags(
    new Command('sweep')
      .description('train several recipes or settings one after another, each into a run folder, and compare them')
      .argument('<dataset>', 'as of onward train')
      .option('--recipe <names>', `one or more, with commas between: ${recipeList}`, recipes[0]!.name),
  ),
  'values to try, with commas between: learningRate=1e-3,3e-4; several: every combination',
)
  .option('--out <folder>', 'the folder of the run folders (default: runs/<dataset>-sweep)')
  .option('--force', 'train what was trained already')
  .option('--json', 'print the rows as JSON')
  .addHelpText(
    'after',
    () =>
      `${settingsHelp()}\nThe same command again loads what is done and goes on with the rest.\n\nExample:\n  $ npx onward sweep photos/ --recipe small-cnn --set learningRate=1e-3,3e-4 --set batchSize=32,64\n`,
  )
  .action(async (dataset: string, flags: SweepFlags, command: Command) => {
    const signal = interruptSignal();
    requireOneOf(command);
    let opened: Promise<ChosenBackend> | undefined;
    const backendOnce = () => {
      opened ??= openBackend(flags.backend);
      return opened;
    };
    const { recipes, images } = await chooseRecipes(flags, { backend: backendOnce, signal });
    const points = sweepPoints(recipes, flags.set ?? []);
    const options = recipeOptions(flags);
    const { source, parts, cut } = await openSplit(dataset, { ...images, ...flags }, signal);
    const backend = await backendOnce();
    const out = flags.out ?? join('runs', `${fileName(source.name)}-sweep`);
    await requireOutside(dataset, source.train, out);
    const report = trainReport({ summary: false });
    const rows = await sweep(parts, {
      ...{ points, out, backend, signal, split: cut, force: flags.force ?? false },
      ...options,
      onProgress: report.onProgress,
      onPoint: ({ name }, number) => console.error(`\n── ${number}/${points.length}: ${name}`),
    }).finally(() => report.stop());
    if (flags.json) console.log(JSON.stringify(rows.map(plain)));
    else console.log(`\n${formatSweep(rows)}`);
    for (const { name, reason } of rows) if (reason) console.error(`${name}: ${reason}`);
    console.error(`\nwritten to ${out}; chosen by validation, so compare on a test part only what you keep`);
    if (signal.aborted)
      throw new OnwardError(
        'interrupted',
        `stopped after ${rows.length} of ${points.length}; the same command goes on`,
      );
    if (rows.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
  });
