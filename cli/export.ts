import { join } from 'node:path';
import { Command, Option } from 'commander';
import { exportRun, type GoldenChoice, readRun } from '../export/index.node.js';
import { writeWhole } from '../machine/index.js';
import { loadModel } from '../runtime/model/index.js';
import { version } from './lib/version.js';

/** Exports a run folder; `npm start` does the same. */
export async function runExport(folder: string, flags: { out?: string; golden?: GoldenChoice }) {
  const out = flags.out ?? join(folder, 'model.onnx');
  const files = await readRun(folder);
  const before = performance.now();
  const bytes = exportRun(files, { producerVersion: version, ...(flags.golden && { golden: flags.golden }) });
  const seconds = (performance.now() - before) / 1000;
  const { digest, golden, labels, input } = loadModel(bytes, { name: out });
  await writeWhole(out, bytes);
  return {
    model: out,
    bytes: bytes.length,
    seconds,
    digest,
    classes: labels.length,
    input: { width: input.width, height: input.height, channels: input.channels },
    golden: golden ? { kind: golden.kind, count: golden.count } : null,
  };
}

export const exportCommand = new Command('export')
  .description('turn a run into one model.onnx that carries everything')
  .argument('<run>', 'a run folder that onward train wrote')
  .option('-o, --out <file>', 'where to write (default: <run>/model.onnx)')
  .addOption(
    new Option('--golden <which>', 'images in the file by which a runtime tests itself: real ones, noise, or none')
      .choices(['real', 'noise', 'none'])
      .default('real'),
  )
  .option('--json', 'print what was written as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward export runs/photos -o photos.onnx\n')
  .action(async (folder: string, flags: { out?: string; golden: GoldenChoice; json?: boolean }) => {
    const result = await runExport(folder, flags);
    if (flags.json) console.log(JSON.stringify(result));
    else {
      const { model, bytes, seconds, digest, classes, input, golden } = result;
      console.log(`${model}: ${(bytes / 1e3).toFixed(1)} kB in ${seconds.toFixed(3)} s`);
      console.log(
        `  ${classes} classes, images ${input.width}x${input.height}x${input.channels}, ${golden ? `${golden.count} golden samples (${golden.kind})` : 'no golden samples'}`,
      );
      console.log(`  sha256 ${digest}`);
    }
  });
