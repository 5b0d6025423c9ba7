import { Command, Option } from 'commander';
import { evaluateNeighbours, partOf, requireNeighbours } from '../evaluate/index.js';
import { defaultEngine } from '../runtime/engines/index.node.js';
import { requireFree } from './lib/export-flags.js';
import { interruptSignal } from './lib/interrupt.js';
import { type KnnFitOptions, knnFit } from './lib/knn-fit.js';
import { formatNeighbours } from './lib/knn-text.js';
import { type ModelAndDataFlags, openModelAndData, withModelAndData } from './lib/model-and-data.js';
import { wholeNumber } from './lib/numbers.js';
import { progress } from './lib/progress.js';
import { fileSize } from './lib/sizes.js';

interface FitFlags extends ModelAndDataFlags, Pick<KnnFitOptions, 'metric' | 'weights' | 'layer' | 'limit' | 'seed'> {
  neighbours: number;
  out: string;
  force?: boolean;
  golden: 'real' | 'none';
}

const fitCommand = withModelAndData(
  new Command('fit')
    .description("keep a network's vectors of labelled images, and let the nearest ones vote")
    .argument('<model>', 'a model.onnx'),
  'what came of it',
)
  .option('-k, --neighbours <n>', 'how many vote', wholeNumber(), 15)
  .addOption(
    new Option('--metric <name>', 'how far two vectors are').choices(['euclidean', 'cosine']).default('euclidean'),
  )
  .addOption(
    new Option('--weights <how>', 'one vote each, or 1 / distance').choices(['uniform', 'distance']).default('uniform'),
  )
  .option('--layer <name>', 'what describes an image (default: as onward embed has it)')
  .option('--split <part>', 'train, val, test, all, or a split file with :train behind it (default: train, else all)')
  .option('--limit <n>', 'at most so many images, chosen by the seed', wholeNumber())
  .option('--seed <n>', 'of that choice', wholeNumber(0), 1)
  .addOption(
    new Option('--golden <which>', 'images in the file by which a runtime tests itself')
      .choices(['real', 'none'])
      .default('real'),
  )
  .option('-o, --out <file>', 'where to write', 'knn.onnx')
  .option('--force', 'write over a file that is there')
  .addHelpText('after', '\nExample:\n  $ npx onward knn fit runs/photos/model.onnx --data photos/ -o knn.onnx\n')
  .action(async (path: string, { neighbours: k, golden, force, json, ...flags }: FitFlags) => {
    const signal = interruptSignal();
    const { model, source } = await openModelAndData(path, flags, signal);
    await requireFree(flags.out, force);
    const bar = progress('embedding');
    try {
      const result = await knnFit(model, await source(), {
        ...{ ...flags, k, golden: golden === 'real', signal },
        onProgress: (done, total) => bar.update(done, total),
      });
      bar.stop();
      for (const note of result.notes) console.error(`note: ${note}`);
      if (json) return console.log(JSON.stringify(result));
      const { neighbours, images, bytes, seconds, how, what, check, golden: samples } = result;
      console.log(`${result.model}: ${fileSize(bytes)} in ${seconds.toFixed(1)} s`);
      console.log(`  ${images} images in the index (${how}), ${result.classes} classes`);
      console.log(`  vectors of ${neighbours.width}, from ${what}`);
      console.log(`  the nearest ${k} vote, ${neighbours.metric}, ${neighbours.weights}`);
      if (samples && check.maxAbsDiff !== null) {
        console.log(
          `  checked: max |Δp| ${check.maxAbsDiff.toExponential(2)} on ${samples.count} golden samples, which float64 over the whole index computed`,
        );
      }
    } finally {
      bar.stop();
    }
  });

const evalCommand = withModelAndData(
  new Command('eval')
    .description('how good the neighbours are, and how often rounding decides')
    .argument('<knn>', 'what onward knn fit wrote'),
  'what came of it',
)
  .option(
    '--split <part>',
    'train, val, test, all, or a split file (default: what training kept for the end, else all)',
  )
  .addHelpText('after', '\nExample:\n  $ npx onward knn eval knn.onnx --data photos/\n')
  .action(async (path: string, flags: ModelAndDataFlags) => {
    const signal = interruptSignal();
    const { model, source } = await openModelAndData(path, flags, signal);
    requireNeighbours(model);
    const part = await partOf(await source(), model, flags.split);
    const bar = progress('evaluating');
    try {
      const { batch, allowDifferent } = flags;
      const found = await evaluateNeighbours(flags.engine ?? defaultEngine(), model, part.dataset, {
        ...{ batch, allowDifferent, signal },
        onProgress: (done, total) => bar.update(done, total),
      });
      bar.stop();
      if (!flags.json) return console.log(formatNeighbours(path, part, found));
      const { scored: _, ...numbers } = found;
      console.log(
        JSON.stringify({
          model: path,
          part: { name: part.name, how: part.how, images: part.dataset.length },
          ...numbers,
        }),
      );
    } finally {
      bar.stop();
    }
  });

export const knnCommand = new Command('knn')
  .description('nearest neighbours: a classifier of vectors and votes, in one ONNX file')
  .addCommand(fitCommand)
  .addCommand(evalCommand);
