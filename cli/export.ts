import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { checkExport, type ExportCheck } from '../evaluate/index.js';
import {
  exportRun,
  type GoldenChoice,
  handlers,
  type LayersModel,
  type ModelFile,
  modelGraph,
  nonFiniteWeights,
  readModelFile,
  readRun,
  tableInputs,
  trySizes,
} from '../export/index.node.js';
import { version, writeWhole } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { engineByName, openSession } from '../runtime/engines/index.node.js';
import { encodeModel, loadModel } from '../runtime/model/index.js';

interface Flags {
  readonly out?: string;
  readonly golden?: GoldenChoice;
  readonly force?: boolean;
  readonly check?: boolean;
  readonly inputShape?: readonly string[];
}

/** @throws OnwardError kind `input` for a file that is there, unless that is wanted */
async function requireFree(out: string, force: boolean | undefined): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (!found || (force && !found.isDirectory())) return;
  throw new OnwardError(
    'input',
    found.isDirectory()
      ? `${out}: expected a file to write, got a folder; name a file in it with --out`
      : `${out}: there is a file already; write elsewhere with --out, or over it with --force`,
  );
}

/** Exports a run folder; `npm start` does the same. */
export async function runExport(folder: string, flags: Flags) {
  const out = flags.out ?? join(folder, 'model.onnx');
  const files = await readRun(folder);
  // A run's own model.onnx is written anew whenever one asks: it is made of the run and nothing else.
  if (resolve(out) !== resolve(folder, 'model.onnx')) await requireFree(out, flags.force);
  const before = performance.now();
  const bytes = exportRun(files, { producerVersion: version, ...(flags.golden && { golden: flags.golden }) });
  const seconds = (performance.now() - before) / 1000;
  const loaded = loadModel(bytes, { name: out });
  const check = flags.check ? await checkRun(loaded) : null;
  await writeWhole(out, bytes);
  const { digest, golden, labels, input } = loaded;
  return {
    model: out,
    bytes: bytes.length,
    seconds,
    digest,
    classes: labels.length,
    input: { width: input.width, height: input.height, channels: input.channels },
    golden: golden ? { kind: golden.kind, count: golden.count } : null,
    check,
  };
}

/** A file of a run in ort-cpu, on its golden samples. */
async function checkRun(model: ReturnType<typeof loadModel>): Promise<ExportCheck> {
  const none = { loaded: false, maxAbsDiff: null, maxRelDiff: null, reference: null };
  try {
    const session = await openSession(engineByName('ort-cpu'), model);
    await session.close();
    const test = session.selfTest;
    if (!test) return { ...none, loaded: true, reason: 'the file carries no golden samples to compare with' };
    const { maxAbsDiff } = test;
    return {
      loaded: true,
      maxAbsDiff,
      maxRelDiff: maxAbsDiff,
      reference: `${test.images} golden samples`,
      reason: null,
    };
  } catch (error) {
    if (error instanceof OnwardError && error.kind === 'missing') return { ...none, reason: error.message };
    throw error;
  }
}

/**
 * `LR=256,256,3`, or `256,256,3` for a model with one input.
 * @throws OnwardError kind `usage`
 */
function inputShapes({ inputs }: LayersModel, given: readonly string[]): Map<string, number[]> {
  return new Map(
    given.map((text) => {
      const [, name = inputs.length === 1 ? inputs[0]!.layer : undefined, sizes] =
        /^(?:(.+)=)?(\d+(?:,\d+)*)$/.exec(text) ?? [];
      if (name !== undefined && sizes !== undefined) return [name, sizes.split(',').map(Number)];
      throw new OnwardError(
        'usage',
        `--input-shape: expected <input>=<sizes without the batch>, like ${inputs[0]?.layer}=256,256,3, got ${JSON.stringify(text)}`,
      );
    }),
  );
}

/** Exports a layers model as it is: float inputs and outputs with the names and shapes that it has. */
async function modelExport({ format, model, files }: ModelFile, out: string, flags: Flags) {
  const before = performance.now();
  const graph = modelGraph(model, { inputShapes: inputShapes(model, flags.inputShape ?? []) });
  const bytes = encodeModel(graph, [], version);
  const seconds = (performance.now() - before) / 1000;
  const tables = tableInputs(model);
  const inputs = graph.inputs.map(({ name, dims }) => ({
    name,
    shape: trySizes(dims.slice(1)),
    below: tables.get(name),
  }));
  const otherwise = `TensorFlow.js does not read .${format} files`;
  const check = flags.check ? await checkExport(out, bytes, inputs, { files, otherwise }) : null;
  await writeWhole(out, bytes);
  const values = (list: typeof graph.inputs) => list.map(({ name, type, dims }) => ({ name, type, dims }));
  return {
    model: out,
    format,
    bytes: bytes.length,
    seconds,
    inputs: values(graph.inputs),
    outputs: values(graph.outputs),
    nonFinite: nonFiniteWeights(model),
    check,
  };
}

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

async function printRun(folder: string, flags: Flags & { json?: boolean }): Promise<void> {
  const result = await runExport(folder, flags);
  if (flags.json) return console.log(JSON.stringify(result));
  const { digest, classes, input, golden, check } = result;
  console.log(sizeLine(result));
  console.log(
    `  ${classes} classes, images ${input.width}x${input.height}x${input.channels}, ${golden ? `${golden.count} golden samples (${golden.kind})` : 'no golden samples'}`,
  );
  console.log(`  ${checkLine(check)}`);
  console.log(`  sha256 ${digest}`);
}

async function printModel(path: string, flags: Flags & { json?: boolean }): Promise<void> {
  const file = await readModelFile(path);
  if (!flags.out)
    throw new OnwardError('usage', `${path} is no run folder: say where to write with -o out.onnx; see --help`);
  await requireFree(flags.out, flags.force);
  const result = await modelExport(file, flags.out, flags);
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
      'of a run: images in the file by which a runtime tests itself: real ones, noise, or none',
    )
      .choices(['real', 'noise', 'none'])
      .default('real'),
  )
  .option(
    '--input-shape <shape>',
    'sizes for an input that leaves some open, without the batch: 256,256,3 or <input>=256,256,3; may be given again',
    (shape: string, others: string[] = []) => [...others, shape],
  )
  .option('--list-layers', 'print the layer classes that can be exported')
  .option('--json', 'print what was written as JSON')
  .addHelpText(
    'after',
    '\nExamples:\n  $ npx onward export runs/photos -o photos.onnx\n  $ npx onward export model.keras -o model.onnx\n',
  )
  .action(async (path: string | undefined, flags: Flags & { json?: boolean; listLayers?: boolean }) => {
    if (flags.listLayers) {
      const classes = ['InputLayer', 'Functional', 'Model', 'Sequential', ...handlers.keys()].sort();
      return console.log(flags.json ? JSON.stringify(classes) : classes.join('\n'));
    }
    if (path === undefined) throw new OnwardError('usage', "missing required argument 'model'; see --help");
    const found = await stat(path).catch(() => undefined);
    await (found?.isDirectory() && (await isRun(path)) ? printRun(path, flags) : printModel(path, flags));
  });
