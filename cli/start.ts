import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import open from 'open';
import { openSource } from '../data/index.js';
import { setup } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { encodePng } from '../runtime/image/index.node.js';
import { loadModelFile, type RunInfo, runSchema } from '../runtime/model/index.node.js';
import { type Server, serve } from '../serve/index.js';
import { recipes } from '../train/index.js';
import { runExport } from './export.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';
import { serveUntil } from './serve.js';
import { formatOutcome } from './setup.js';
import { runTraining } from './train.js';
import { formatParity, runVerify } from './verify.js';

/** Real handwritten digits, the default recipe. */
const dataset = 'mnist';
const folder = join('runs', 'start');

/** The run that an earlier start finished, or undefined. */
async function finishedRun(): Promise<RunInfo | undefined> {
  try {
    const parsed = runSchema.safeParse(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')));
    if (!parsed.success || parsed.data.interrupted || parsed.data.metrics.test_accuracy === undefined) return undefined;
    return parsed.data;
  } catch {
    return undefined;
  }
}

const heading = (text: string) => console.error(`\n── ${text}`);

async function prepare(signal: AbortSignal): Promise<string> {
  heading('set up: what this machine lacks');
  for (const outcome of await setup({ onProgress: (line) => console.error(line) }))
    console.error(formatOutcome(outcome));

  const before = await finishedRun();
  if (before) {
    heading(`train: ${folder} is there already (${percent(before.metrics.test_accuracy!)} of the test images right)`);
  } else {
    heading(`train: ${recipes[0]!.name} on real handwritten digits`);
    // Only what an earlier start left unfinished can be here.
    await rm(folder, { recursive: true, force: true });
    const flags = { recipe: recipes[0]!.name, seed: 1, backend: 'auto', out: folder, val: 0.1, test: 0.2 };
    const { info } = await runTraining(dataset, flags, signal);
    if (info.interrupted) throw new OnwardError('interrupted', 'stopped while training; npm start begins again');
    console.error(
      `${percent(info.metrics.test_accuracy!)} of ${info.dataset.test} test images right, seen for the first time`,
    );
  }

  heading('export: one file that carries everything');
  const { model, bytes, seconds } = await runExport(folder, {});
  console.error(`${model}: ${(bytes / 1e3).toFixed(0)} kB in ${seconds.toFixed(3)} s`);

  heading('verify: every engine on this machine');
  const report = await runVerify(model, { data: dataset }, signal);
  console.log(formatParity(report));
  if (!report.passed) throw new OnwardError('parity', 'an engine predicts differently; see the table above');
  return model;
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
async function classifyOne(server: Server): Promise<void> {
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
  console.log(`POST ${server.url}classify: ${test!.origin(0)} is ${answer.label} (${percent(answer.probability!)})`);
}

export const startCommand = new Command('start')
  .description('the whole line on real handwritten digits: set up, train, export, verify, serve')
  .option('--exit', 'stop after verifying and one classified request')
  .addOption(new Option('--port <n>', 'the port (default: 8080, or a free one)').env('PORT').argParser(wholeNumber(0)))
  .addHelpText('after', '\nExample:\n  $ npx onward start\n')
  .action(async ({ exit, port }: { exit?: boolean; port?: number }) => {
    const signal = interruptSignal();
    const model = await prepare(signal);
    heading('serve');
    const server = await serveSomewhere(model, port);
    await classifyOne(server);
    if (exit) {
      await server.close();
      return;
    }
    console.log(`\nOpen ${server.url} and drop an image on it, or draw a digit. Ctrl-C stops.`);
    if (process.stdout.isTTY && (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY)) {
      await open(server.url).catch(() => {});
    }
    await serveUntil(signal, server);
  });
