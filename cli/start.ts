import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import open from 'open';
import { openSource } from '../data/index.js';
import type { ParityReport } from '../evaluate/index.js';
import { makeFolder, setup, withLock } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { encodePng } from '../runtime/image/index.node.js';
import { loadModelFile, type RunInfo, runSchema } from '../runtime/model/index.node.js';
import { type Server, serve } from '../serve/index.js';
import { readProgress, recipes } from '../train/index.js';
import { runExport } from './lib/export-run.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';
import { runTraining } from './lib/run-training.js';
import { serveUntil } from './serve.js';
import { formatOutcome } from './setup.js';
import { formatParity, runVerify } from './verify.js';

/** Real handwritten digits, the default recipe. */
const dataset = 'mnist';
const folder = join('runs', 'start');

/**
 * The run that an earlier start finished, or undefined.
 * @throws OnwardError kind `input` for a run of something else, which is not ours to remove
 */
async function finishedRun(): Promise<RunInfo | undefined> {
  const text = await readFile(join(folder, 'run.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let run: RunInfo | undefined;
  try {
    run = runSchema.parse(JSON.parse(text));
  } catch {
    // Of another version of onward, perhaps: trained again.
    return undefined;
  }
  if (run.dataset.name !== dataset) {
    throw new OnwardError('input', `${folder} holds a run of ${run.dataset.name}, not of npm start; move it elsewhere`);
  }
  return run.interrupted || run.metrics.test_accuracy === undefined ? undefined : run;
}

const heading = (text: string) => console.error(`\n── ${text}`);

/** Goes on with what an earlier start left unfinished, where that is the same training; else begins. */
async function trainOrGoOn(signal: AbortSignal) {
  const flags = { recipe: recipes[0]!.name, seed: 1, backend: 'auto', out: folder, val: 0.1, test: 0.2 };
  const begin = async () => {
    // Only what an earlier start left can be here.
    await rm(folder, { recursive: true, force: true });
    return runTraining(dataset, flags, signal);
  };
  const checkpoint = await readProgress(folder).catch(() => undefined);
  if (!checkpoint) return begin();
  try {
    return await runTraining(dataset, { ...flags, resume: true }, signal);
  } catch (error) {
    // Of another version of onward, or of another backend.
    if (!(error instanceof OnwardError) || error.kind !== 'input') throw error;
    console.error(`${error.message}: beginning anew`);
    return begin();
  }
}

/** Trains and exports, or finds both done. */
async function makeModel(signal: AbortSignal): Promise<string> {
  const before = await finishedRun();
  if (before) {
    heading(`train: ${folder} is there already (${percent(before.metrics.test_accuracy!)} of the test images right)`);
  } else {
    heading(`train: ${recipes[0]!.name} on real handwritten digits`);
    const { info } = await trainOrGoOn(signal);
    if (info.interrupted) throw new OnwardError('interrupted', 'stopped while training; npm start goes on from there');
    console.error(
      `${percent(info.metrics.test_accuracy!)} of ${info.dataset.test} test images right, seen for the first time`,
    );
  }

  heading('export: one file that carries everything');
  const { model, bytes, seconds } = await runExport(folder, {});
  console.error(`${model}: ${(bytes / 1e3).toFixed(0)} kB in ${seconds.toFixed(3)} s`);
  return model;
}

/** What training on mnist, serving and verifying need. */
const neededParts = ['runtime', 'training', 'browser'] as const;

async function prepare(signal: AbortSignal): Promise<{ model: string; parity: ParityReport }> {
  heading('set up: what this machine lacks');
  for (const outcome of await setup({ parts: neededParts, onProgress: (line) => console.error(line), signal }))
    console.error(formatOutcome(outcome));

  await makeFolder(dirname(folder));
  const model = await withLock(
    folder,
    () => makeModel(signal),
    () => heading('another npm start is training here; waiting for it'),
    signal,
  );

  heading('verify: every engine on this machine');
  return { model, parity: await runVerify(model, { data: dataset }, signal) };
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

/** The default port, or a free one when somebody has it and nobody asked for it by name. */
async function serveSomewhere(path: string, port: number | undefined): Promise<Server> {
  const model = await loadModelFile(path);
  if (port !== undefined) return serve({ model, port });
  try {
    return await serve({ model });
  } catch (error) {
    if (!(error instanceof OnwardError) || error.kind !== 'system') throw error;
    console.error(`${error.message}: taking a free one`);
    return serve({ model, port: 0 });
  }
}

/** Sends one test image through the front door. */
async function classifyOne(server: Server) {
  const { test } = await openSource(dataset);
  const [height, width] = test!.shape;
  const body = encodePng({ width, height, data: await test!.batch([0]) });
  const response = await fetch(new URL('classify', server.url), {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(body),
  });
  const answer = (await response.json()) as { label?: string; probability?: number; error?: string };
  if (!response.ok || answer.label === undefined)
    throw new OnwardError('system', `the server answered ${response.status}: ${answer.error}`);
  return { image: test!.origin(0), label: answer.label, probability: answer.probability! };
}

export const startCommand = new Command('start')
  .description('the whole line on real handwritten digits: set up, train, export, verify, serve')
  .option('--exit', 'stop after verifying and one classified request')
  .addOption(new Option('--port <n>', 'the port (default: 8080, or a free one)').env('PORT').argParser(wholeNumber(0)))
  .option('--json', 'print the parity report, the address and the classified request as JSON')
  .addHelpText('after', '\nExample:\n  $ npx onward start\n')
  .action(async ({ exit, port, json }: { exit?: boolean; port?: number; json?: boolean }) => {
    const signal = interruptSignal();
    const { model, parity } = await prepare(signal);
    const say = json ? console.error : console.log;
    say(formatParity(parity));
    if (!parity.passed) throw new OnwardError('parity', 'an engine predicts differently; see the table above');
    heading('serve');
    const server = await serveSomewhere(model, port);
    try {
      const { url } = server;
      const classified = await classifyOne(server);
      const { image, label, probability } = classified;
      say(`POST ${url}classify: ${image} is ${label} (${percent(probability)})`);
      if (json) console.log(JSON.stringify({ model, parity, url, classified }));
    } catch (error) {
      await server.close();
      throw error;
    }
    if (exit) {
      await server.close();
      return;
    }
    say(`\nOpen ${server.url} and drop an image on it, or draw a digit. Ctrl-C stops.`);
    if (process.stdout.isTTY && (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY)) {
      await open(server.url).catch(() => {});
    }
    await serveUntil(signal, server);
  });
