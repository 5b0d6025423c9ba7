import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  convolutionsOf,
  type ExplainMethod,
  explain,
  explainMethods,
  graphOf,
  indexOf,
  modelAsSaid,
  openSourceFor,
  saysClasses,
  writeExplanation,
} from '../evaluate/index.js';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import { defaultEngine, type Engine } from '../runtime/engines/index.node.js';
import { decode, fit } from '../runtime/image/index.node.js';
import { type LoadedModel, usualSteps } from '../runtime/model/index.node.js';
import { engineFlag } from './lib/engine-list.js';
import { interruptSignal } from './lib/interrupt.js';
import { openDataset } from './lib/open-dataset.js';
import { progress } from './lib/progress.js';
import { readLabels } from './lib/read-labels.js';
import { table } from './lib/table.js';

interface ExplainFlags {
  layer?: string[];
  all?: boolean;
  method?: ExplainMethod[];
  class?: string;
  out: string;
  force?: boolean;
  data?: string;
  engine?: Engine;
  size?: { width: number; height: number };
  preprocess?: keyof typeof usualSteps;
  labels?: string;
  listLayers?: boolean;
  allowAltered?: boolean;
  allowDifferent?: boolean;
  json?: boolean;
}

function sizeFlag(text: string) {
  const [, width, height] = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text) ?? [];
  if (!Number(width)) throw new InvalidArgumentError(`Expected width and height, like 224x224, got "${text}".`);
  return { width: Number(width), height: Number(height ?? width) };
}

function methodFlag(text: string): ExplainMethod[] {
  const methods = text.split(',');
  const unknown = methods.find((name) => !(explainMethods as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected ${explainMethods.join(' or ')}, got "${unknown}".`);
  return methods as ExplainMethod[];
}

async function load(path: string, { size, preprocess, labels, allowAltered }: ExplainFlags): Promise<LoadedModel> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new OnwardError('input', `${path}: expected an ONNX file, but it cannot be read (${messageOf(cause)})`, {
      cause,
    });
  }
  const names = labels === undefined ? undefined : await readLabels(labels);
  return modelAsSaid(bytes, path, { size, preprocess, labels: names, allowAltered });
}

/** @throws OnwardError kind `input` for a folder that is there, unless that is wanted and we wrote it */
async function requireFree(out: string, force: boolean | undefined): Promise<void> {
  if (!(await stat(out).catch(() => undefined))) return;
  const isOurs = await stat(join(out, 'explain.html')).catch(() => undefined);
  if (force && isOurs) return;
  throw new OnwardError(
    'input',
    isOurs
      ? `${out}: there are explanations already; write elsewhere with --out, or over them with --force`
      : `${out}: expected a folder that is not there yet, got one with something else in it; write elsewhere with --out`,
  );
}

const printLayers = (model: LoadedModel) =>
  table([
    ['convolution', 'window', 'its maps'],
    ...convolutionsOf(graphOf(model)).map(({ name, kernel, operators }) => [
      name,
      kernel.join('x'),
      operators.join(', '),
    ]),
  ]);

export const explainCommand = new Command('explain')
  .description('show what a network makes of images: feature maps, and what of an image counts')
  .argument('<model>', 'an ONNX file, whoever wrote it')
  .argument('[images...]', 'image files')
  .option('--layer <names>', 'only these layers, a,b', (text: string) => text.split(',').filter((name) => name !== ''))
  .option('--all', 'every convolution, 1x1 ones too (default: eight spread over the depth, without those)')
  .option('--method <names>', 'of heat maps: cam (by activations), occlusion; both by default', methodFlag)
  .option('--class <label>', 'the class that heat maps are of (default: the one that is predicted)')
  .option('--data <dataset>', 'of a file of neighbours: the images in its index, to show the nearest')
  .option('-o, --out <folder>', 'where to write', 'explained')
  .option('--force', 'write over explanations that are there')
  .option('--engine <name>', 'what runs the model (default: ort-cpu)', engineFlag)
  .option('--size <size>', "of images, for somebody else's file that leaves it open: 224x224", sizeFlag)
  .addOption(
    new Option(
      '--preprocess <how>',
      "how images are prepared for somebody else's file (default: unit, 0 to 1)",
    ).choices(Object.keys(usualSteps)),
  )
  .option('--labels <names>', "what the model's outputs are called: cat,dog or a file with one a line")
  .option('--list-layers', 'print the convolutions')
  .option('--allow-altered', 'load a file that was altered after it was exported')
  .option('--allow-different', 'load a model that predicts differently here than where it was trained')
  .option('--json', 'print what was found as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward explain runs/photos/model.onnx photo.jpg --out explained/\n')
  .action(async (path: string, files: string[], flags: ExplainFlags) => {
    const signal = interruptSignal();
    const model = await load(path, flags);
    for (const guess of model.guesses) console.error(`note: ${guess}`);
    if (flags.listLayers) return console.log(printLayers(model));
    if (files.length === 0) throw new OnwardError('usage', "missing required argument 'images'; see --help");
    if (flags.data !== undefined && !model.neighbours) {
      throw new OnwardError(
        'usage',
        `--data: ${path} is no file of neighbours, which has images in its index; leave it out`,
      );
    }
    await requireFree(flags.out, flags.force);
    const images = [];
    for (const file of files) {
      const bytes = await readFile(file).catch((cause) => {
        throw new OnwardError('input', `${file}: expected an image, but it cannot be read (${messageOf(cause)})`, {
          cause,
        });
      });
      images.push({
        name: basename(file),
        pixels: fit(await decode(new Uint8Array(bytes), { name: file }), model.input),
      });
    }
    const index =
      flags.data === undefined
        ? undefined
        : indexOf(await openSourceFor(model, (options) => openDataset(flags.data!, { ...options, signal })), model);
    const engine = flags.engine ?? defaultEngine();
    const bar = progress('explaining');
    try {
      const { allowDifferent } = flags;
      const explanations = await explain(model, images, {
        ...{ engine, layers: flags.layer, all: flags.all, methods: flags.method, label: flags.class },
        ...{ allowDifferent, signal },
        onProgress: (done, total) => bar.update(done, total),
      });
      const written = await writeExplanation(flags.out, model, explanations, { engine: engine.name, index });
      bar.stop();
      if (flags.json) return console.log(JSON.stringify({ out: flags.out, images: written }));
      for (const [i, { image, probabilities, predicted, layers, heat }] of explanations.entries()) {
        const share = saysClasses(model)
          ? `${model.labels[predicted]} ${(100 * probabilities[predicted]!).toFixed(1)} %; `
          : '';
        console.log(`${files[i] ?? image.name}: ${share}${layers.length} layers, ${heat.length} heat maps`);
      }
      if (model.neighbours && !index) console.log('give the images of its index with --data to see the nearest');
      console.log(join(flags.out, 'explain.html'));
    } finally {
      bar.stop();
    }
  });
