import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import { type FilePrediction, predictFiles, topOf } from '../evaluate/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { defaultEngine, type Engine, openSession, type Session } from '../runtime/engines/index.node.js';
import { decode, fit, imageExtensions } from '../runtime/image/index.node.js';
import { loadModelFile } from '../runtime/model/index.node.js';
import { engineFlag } from './lib/engine-list.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';
import { progress } from './lib/progress.js';
import { table } from './lib/table.js';

interface PredictFlags {
  engine?: Engine;
  top: number;
  strict?: boolean;
  allowAltered?: boolean;
  classifier?: string;
  allowDifferent?: boolean;
  csv?: boolean;
  json?: boolean;
}

const isImage = (name: string) => imageExtensions.has(extname(name).toLowerCase());

/** The files meant by the arguments: a folder stands for all images in it, sorted, at any depth. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found)
      throw new OnwardError(
        'input',
        `no such file or folder: ${path}; expected images, a folder of images, or - for standard input`,
      );
    if (!found.isDirectory()) {
      files.push(path);
      continue;
    }
    const inside = (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && isImage(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (inside.length === 0)
      throw new OnwardError('input', `${path} has no images (${[...imageExtensions].join(', ')}) in it`);
    for (const file of inside) files.push(file);
  }
  return files;
}

async function* fromStdin(session: Session, signal: AbortSignal): AsyncGenerator<FilePrediction> {
  const stdin = addAbortSignal(signal, process.stdin);
  const bytes = await buffer(stdin).catch((error) => {
    throw signal.aborted ? new OnwardError('interrupted', 'stopped before the image had come') : error;
  });
  const image = fit(await decode(bytes, { name: 'standard input' }), session.model.input);
  yield { file: '-', ...topOf(session.model.labels, await session.predict(image, 1)) };
}

/** A field of a CSV file as RFC 4180 quotes it. */
const csvField = (value: string) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

function bestOf(labels: readonly string[], probabilities: readonly number[], count: number): string {
  return Array.from(probabilities.keys())
    .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
    .slice(0, count)
    .map((c) => `${labels[c]} ${(probabilities[c]! * 100).toFixed(1)}%`)
    .join(', ');
}

/** Prints predictions: as they come, a line each, as CSV or as a JSON list; lined up, at the end, as a table. */
function printer(labels: readonly string[], { csv, json, top }: PredictFlags) {
  const rows: string[][] = [];
  let separator = '[\n';
  const end = () => {
    if (json) process.stdout.write(separator === ',\n' ? '\n]\n' : '[]\n');
    if (rows.length > 0)
      console.log(table([['file', 'label', 'probability', ...(top > 1 ? [`top ${top}`] : [])], ...rows]));
  };
  if (csv)
    console.log(['file', 'label', 'probability', ...labels.map((label) => `p(${label})`)].map(csvField).join(','));
  return {
    print(prediction: FilePrediction) {
      if (json) {
        process.stdout.write(separator + JSON.stringify(prediction));
        separator = ',\n';
      } else if ('error' in prediction) return;
      else {
        const { file, label, probability, probabilities } = prediction;
        if (csv) console.log([file, label, ...[probability, ...probabilities].map(String)].map(csvField).join(','));
        else rows.push([file, label, probability.toFixed(4), ...(top > 1 ? [bestOf(labels, probabilities, top)] : [])]);
      }
    },
    end,
  };
}

export const predictCommand = new Command('predict')
  .description('classify images')
  .argument('<model>', 'a model.onnx')
  .argument(
    '<images...>',
    'image files, folders of images (searched at any depth), or - for one image on standard input',
  )
  .option('--engine <name>', 'what runs the model (default: ort-cpu)', engineFlag)
  .option('--classifier <file>', 'what an ONNX file that is not ours does not say: a JSON file, or JSON')
  .option('--top <n>', 'in the table, the n most probable classes', wholeNumber(), 1)
  .option('--strict', 'stop at the first image that cannot be read')
  .option('--allow-altered', 'load a file that was altered after it was exported')
  .option('--allow-different', 'load a model that predicts differently here than where it was trained')
  .option('--csv', 'print CSV: file, label, probability, a column a class')
  .option('--json', 'print a JSON list, a prediction a line')
  .addHelpText('after', '\nExample:\n  $ npx onward predict photos.onnx new-photos/ --csv > labels.csv\n')
  .action(async (path: string, paths: string[], flags: PredictFlags) => {
    if (flags.csv && flags.json) throw new OnwardError('usage', 'expected one of --csv and --json, got both');
    if (paths.includes('-') && paths.length > 1) throw new OnwardError('usage', 'expected - alone, got it among files');
    const signal = interruptSignal();
    const model = await loadModelFile(path, flags);
    for (const guess of model.guesses) console.error(`note: ${guess}`);
    const files = paths[0] === '-' ? [] : await filesOf(paths);
    const session = await openSession(flags.engine ?? defaultEngine(), model, {
      allowDifferent: flags.allowDifferent ?? false,
    });
    const bar = progress('predicting');
    const output = printer(model.labels, flags);
    const unreadable: string[] = [];
    let predicted = 0;
    try {
      const predictions =
        paths[0] === '-'
          ? fromStdin(session, signal)
          : predictFiles(session, files, {
              signal,
              strict: flags.strict ?? false,
              // Lines that stream to the same terminal would tear the bar.
              onProgress: (done, total) =>
                (flags.csv || flags.json) && process.stdout.isTTY ? undefined : bar.update(done, total),
            });
      for await (const prediction of predictions) {
        if ('error' in prediction) unreadable.push(prediction.error);
        else predicted++;
        output.print(prediction);
      }
    } finally {
      bar.stop();
      output.end();
      await session.close();
    }
    for (const reason of unreadable) console.error(`skipped: ${reason}`);
    if (unreadable.length > 0) console.error(`skipped ${unreadable.length} of ${files.length} files`);
    if (predicted === 0) process.exitCode = 1;
  });
