import { Command } from 'commander';
import {
  embeddedParts,
  embeddingFiles,
  embeddingOf,
  mapPage,
  openSourceFor,
  openTapped,
  writeEmbeddings,
} from '../evaluate/index.js';
import { writeWhole } from '../machine/index.js';
import { defaultEngine, type Engine } from '../runtime/engines/index.node.js';
import { loadModelFile } from '../runtime/model/index.node.js';
import { requireOutside } from './lib/dataset-out.js';
import { engineFlag } from './lib/engine-list.js';
import { requireFree } from './lib/export-flags.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';
import { openDataset } from './lib/open-dataset.js';
import { progress } from './lib/progress.js';

interface EmbedFlags {
  data: string;
  layer?: string;
  split?: string;
  out: string;
  map?: string;
  force?: boolean;
  engine?: Engine;
  batch?: number;
  strict?: boolean;
  allowAltered?: boolean;
  allowDifferent?: boolean;
  json?: boolean;
}

export const embedCommand = new Command('embed')
  .description('write what a layer makes of every image: a vector each, as npy and parquet')
  .argument('<model>', 'a model.onnx')
  .requiredOption('--data <dataset>', 'labelled images: a folder, a name, files; see docs/data.md')
  .option(
    '--layer <name>',
    'a layer or value of the graph (default: the output "embedding", else what the dense layers at the end take)',
  )
  .option('--split <part>', 'train, val, test, all, or a split file (default: all)')
  .option(
    '-o, --out <file>',
    'x.npy (float32 [N, width], and x.csv beside it), x.parquet, or a folder for all three',
    'embeddings',
  )
  .option('--map <file>', 'also a page with a map of at most 2,000 of the images, to hover over')
  .option('--force', 'write over files that are there')
  .option('--engine <name>', 'what runs the model (default: ort-cpu)', engineFlag)
  .option('--batch <n>', 'images at once (default: 64)', wholeNumber())
  .option('--strict', 'an unreadable image is an error, not skipped')
  .option('--allow-altered', 'load a file that was altered after it was exported')
  .option('--allow-different', 'load a model that predicts differently here than where it was trained')
  .option('--json', 'print what was written as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward embed runs/photos/model.onnx --data photos/ --out photos.npy\n')
  .action(async (path: string, flags: EmbedFlags) => {
    const signal = interruptSignal();
    const model = await loadModelFile(path, { allowAltered: flags.allowAltered ?? false });
    for (const guess of model.guesses) console.error(`note: ${guess}`);
    const { value, what } = embeddingOf(model, flags.layer);
    for (const file of embeddingFiles(flags.out)) await requireFree(file.path, flags.force);
    if (flags.map !== undefined) await requireFree(flags.map, flags.force);
    const source = await openSourceFor(model, (options) =>
      openDataset(flags.data, { ...options, signal, strict: flags.strict ?? false }),
    );
    await requireOutside(flags.data, source.train, flags.out);
    const parts = await embeddedParts(source, model, flags.split);
    const { allowDifferent, batch } = flags;
    const tapped = await openTapped(flags.engine ?? defaultEngine(), model, { values: [value], allowDifferent });
    const width = tapped.shapes[0]!.reduce((a, b) => a * b, 1);
    const bar = progress('embedding');
    const began = performance.now();
    try {
      const files = await writeEmbeddings(flags.out, tapped, model, parts, {
        ...{ batch, signal },
        onProgress: (done, total) => bar.update(done, total),
      });
      if (flags.map !== undefined) {
        // Of the last part: what training did not see, where there is such.
        const { dataset } = parts.at(-1)!;
        const engine = flags.engine ?? defaultEngine();
        const onProgress = (done: number, total: number) => bar.update(done, total, 'map');
        await writeWhole(flags.map, await mapPage(model, dataset, { engine, layer: flags.layer, signal, onProgress }));
        files.push(flags.map);
      }
      bar.stop();
      const seconds = (performance.now() - began) / 1000;
      const images = parts.reduce((sum, { dataset }) => sum + dataset.length, 0);
      if (flags.json) {
        const split = Object.fromEntries(parts.map(({ split, dataset }) => [split, dataset.length]));
        console.log(JSON.stringify({ files, images, width, shape: tapped.shapes[0], layer: value, split, seconds }));
        return;
      }
      const counts = parts.map(({ split, dataset }) => `${split} ${dataset.length}`).join(', ');
      console.log(`${images} images (${counts}) as vectors of ${width}, from ${what}, in ${seconds.toFixed(1)} s:`);
      for (const file of files) console.log(`  ${file}`);
    } finally {
      bar.stop();
      await tapped.close();
    }
  });
