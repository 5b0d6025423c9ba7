import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { ExportCheck } from '../evaluate/index.js';
import { opsets, readModelFile } from '../export/index.node.js';
import { OnwardError } from '../runtime/common/index.js';
import { usualSteps } from '../runtime/model/index.js';
import { classifierExport } from './lib/export-classifier.js';
import { type ExportFlags, requireFree } from './lib/export-flags.js';
import { modelExport } from './lib/export-model.js';
import { runExport } from './lib/export-run.js';
import { layerRows, readLayerFigures } from './lib/layer-list.js';
import { wholeNumber } from './lib/numbers.js';
import { table } from './lib/table.js';

/** `max |Δ| 1.2e-7 to 16 golden samples`, or why there is none. */
function checkLine(check: ExportCheck | null): string {
  if (!check) return 'not checked (--no-check)';
  const { loaded, maxAbsDiff, reference, reason } = check;
  if (maxAbsDiff !== null) return `checked: max |Δ| ${maxAbsDiff.toExponential(2)} between ort-cpu and ${reference}`;
  return loaded ? `checked: ort-cpu runs it; not compared: ${reason}` : `not checked: ${reason}`;
}

const sizeLine = ({ model, bytes, seconds }: { model: string; bytes: number; seconds: number }) =>
  `${model}: ${(bytes / 1e3).toFixed(1)} kB in ${seconds.toFixed(3)} s`;

const isRun = async (path: string) => (await stat(join(path, 'run.json')).catch(() => undefined)) !== undefined;

async function printRun(folder: string, flags: ExportFlags & { json?: boolean }): Promise<void> {
  const result = await runExport(folder, flags);
  if (flags.json) return console.log(JSON.stringify(result));
  printFile(result);
}

function printFile(result: Omit<Awaited<ReturnType<typeof classifierExport>>, 'noSamples'>): void {
  const { digest, classes, input, golden, check } = result;
  console.log(sizeLine(result));
  console.log(
    `  ${classes} classes, images ${input.width}x${input.height}x${input.channels}, ${golden ? `${golden.count} golden samples (${golden.kind})` : 'no golden samples'}`,
  );
  console.log(`  ${checkLine(check)}`);
  console.log(`  sha256 ${digest}`);
}

async function printClassifier(path: string, flags: ExportFlags & { json?: boolean }): Promise<void> {
  const file = await readModelFile(path);
  const out = await outOf(path, flags);
  const result = await classifierExport(file, out, flags);
  if (flags.json) return console.log(JSON.stringify(result));
  printFile(result);
  if (result.noSamples) console.log(`  no golden samples: ${result.noSamples}`);
}

/** Where a model is written. @throws OnwardError where nobody said, a file is there, or it is the model itself */
async function outOf(path: string, flags: ExportFlags): Promise<string> {
  const { out } = flags;
  if (!out) throw new OnwardError('usage', `say where to write what ${path} becomes, with -o out.onnx; see --help`);
  if ([path, join(path, 'model.json')].some((source) => resolve(source) === resolve(out))) {
    throw new OnwardError('usage', `--out: ${out} is the model that is read; name another file`);
  }
  await requireFree(out, flags.force);
  return out;
}

/** @throws OnwardError kind `usage` for flags that say nothing about what is made */
function requireUsed({ labels, preprocess, fit, inputLayout, outputLayout, golden, outputs }: ExportFlags): void {
  const without = { '--preprocess': preprocess, '--fit': fit, '--golden': golden };
  const [idle] = labels === undefined ? (Object.entries(without).find(([, given]) => given !== undefined) ?? []) : [];
  if (idle) {
    throw new OnwardError(
      'usage',
      `${idle} is for a classifier, and this model is exported as it is; give --labels too, or leave it out`,
    );
  }
  if (labels !== undefined && (inputLayout ?? outputLayout) !== undefined) {
    throw new OnwardError(
      'usage',
      '--input-layout and --output-layout are for a model as it is, and with --labels its file takes images as decoders give them; leave them out',
    );
  }
  if (outputs?.length === 0)
    throw new OnwardError('usage', '--outputs: expected names of layers with commas between them, got none');
}

async function printModel(path: string, flags: ExportFlags & { json?: boolean }): Promise<void> {
  const file = await readModelFile(path);
  const result = await modelExport(file, await outOf(path, flags), flags);
  for (const weight of result.nonFinite)
    console.error(`warning: the weight "${weight}" holds numbers that are not finite`);
  if (flags.json) return console.log(JSON.stringify(result));
  console.log(sizeLine(result));
  for (const [what, list] of [
    ['in', result.inputs],
    ['out', result.outputs],
  ] as const) {
    for (const { name, type, dims } of list) console.log(`  ${what.padEnd(3)} ${name} ${type} [${dims.join(', ')}]`);
  }
  console.log(`  ${checkLine(result.check)}`);
}

export const exportCommand = new Command('export')
  .description('turn a run, a TensorFlow.js layers model or a Keras file into one ONNX file')
  .argument('[model]', 'a run folder that onward train wrote, a model.json, a Keras .h5 or .keras file')
  .option('-o, --out <file>', 'where to write (default for a run: <run>/model.onnx)')
  .option('--force', 'write over a file that is there')
  .option('--no-check', 'do not run what was exported beside the model before it is written')
  .addOption(
    new Option(
      '--golden <which>',
      'images in the file by which a runtime tests itself: real ones (default for a run), noise (with --labels), or none',
    ).choices(['real', 'noise', 'none']),
  )
  .option(
    '--labels <names>',
    'of a model: export it as a classifier that carries everything; its classes in the order of its outputs, a,b,c or a file with one a line',
  )
  .addOption(
    new Option(
      '--preprocess <how>',
      'with --labels, how images were prepared: none (0 to 255), unit (0 to 1), tf (-1 to 1), torch (means of ImageNet), caffe (BGR less means)',
    ).choices(Object.keys(usualSteps)),
  )
  .addOption(
    new Option('--fit <how>', 'with --labels, how images are fitted: contain (default), cover, stretch').choices([
      'contain',
      'cover',
      'stretch',
    ]),
  )
  .option(
    '--input-shape <shape>',
    'sizes for an input that leaves some open, without the batch: 256,256,3 or <input>=256,256,3; may be given again',
    (shape: string, others: string[] = []) => [...others, shape],
  )
  .option(
    '--handlers <module>',
    'a JavaScript module whose default export writes layer classes that have no handler here: { MyLayer: (call) => ... }',
  )
  .addOption(
    new Option('--opset <n>', `ONNX operators as of this opset: ${opsets.first} to ${opsets.last}`)
      .argParser(wholeNumber(opsets.first, opsets.last))
      .default(opsets.default),
  )
  .addOption(
    new Option('--batch <n>', 'how many samples at once: any number (dynamic), or one that is written into the file')
      .argParser((text) => (text === 'dynamic' ? text : wholeNumber()(text)))
      .default('dynamic'),
  )
  .addOption(
    new Option('--dtype <type>', 'of weights and sums; inputs and outputs keep theirs')
      .choices(['float32', 'float16'])
      .default('float32'),
  )
  .addOption(
    new Option('--optimize <level>', 'none: each layer as it is; default: folded, merged and cleaned')
      .choices(['none', 'default'])
      .default('default'),
  )
  .option(
    '--outputs <layers>',
    'inner layers to give: of a run beside the probabilities (embedding: what the dense layers take), else in place of the outputs; a,b or inner/a',
    (text: string) => text.split(',').filter((name) => name !== ''),
  )
  .addOption(
    new Option('--input-layout <layout>', 'how images enter: as Keras has them, or with the channels first').choices([
      'keras',
      'nchw',
    ]),
  )
  .addOption(
    new Option('--output-layout <layout>', 'how images leave: as Keras has them, or with the channels first').choices([
      'keras',
      'nchw',
    ]),
  )
  .option(
    '--list-layers',
    'print the layer classes that can be exported, and how near to the original their tests found them',
  )
  .option('--json', 'print what was written as JSON')
  .addHelpText(
    'after',
    '\nExamples:\n  $ npx onward export runs/photos -o photos.onnx\n  $ npx onward export model.keras -o model.onnx\n',
  )
  .action(async (path: string | undefined, flags: ExportFlags & { json?: boolean; listLayers?: boolean }) => {
    if (flags.listLayers) {
      const figures = await readLayerFigures();
      return console.log(flags.json ? JSON.stringify(figures) : table(layerRows(figures)));
    }
    if (path === undefined) throw new OnwardError('usage', "missing required argument 'model'; see --help");
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() && (await isRun(path))) return printRun(path, flags);
    requireUsed(flags);
    await (flags.labels === undefined ? printModel(path, flags) : printClassifier(path, flags));
  });
