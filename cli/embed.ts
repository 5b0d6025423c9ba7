import { Command } from 'commander';
import { embeddedParts, embeddingFiles, embeddingOf, mapPage, openTapped, writeEmbeddings } from '../evaluate/index.js';
import { writeWhole } from '../machine/index.js';
import { defaultEngine } from '../runtime/engines/index.node.js';
import { requireOutside } from './lib/dataset-out.js';
import { requireFree } from './lib/export-flags.js';
import { interruptSignal } from './lib/interrupt.js';
import { type ModelAndDataFlags, openModelAndData, withModelAndData } from './lib/model-and-data.js';
import { progress } from './lib/progress.js';

interface EmbedFlags extends ModelAndDataFlags {
  layer?: string;
  out: string;
  map?: string;
  force?: boolean;
}

export const embedCommand = withModelAndData(
  new Command('embed')
    .description('write what a layer makes of every image: a vector each, as npy and parquet')
    .argument('<model>', 'a model.onnx'),
  'what was written',
)
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
  .addHelpText('after', '\nExample:\n  $ npx onward embed runs/photos/model.onnx --data photos/ --out photos.npy\n')
  .action(async (path: string, flags: EmbedFlags) => {
    const signal = interruptSignal();
    const { model, source: openImages } = await openModelAndData(path, flags, signal);
    const { value, what } = embeddingOf(model, flags.layer);
    for (const file of embeddingFiles(flags.out)) await requireFree(file.path, flags.force);
    if (flags.map !== undefined) await requireFree(flags.map, flags.force);
    const source = await openImages();
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
