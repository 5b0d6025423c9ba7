import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import { loadModelFile } from '../runtime/model/index.node.js';
import { type Server, serve } from '../serve/index.js';
import { engineFlag } from './lib/engine-list.js';
import { interruptSignal } from './lib/interrupt.js';
import { wholeNumber } from './lib/numbers.js';

interface ServeFlags {
  model?: string;
  port: number;
  host: string;
  engine: string;
  workers?: number;
  threads?: number;
  maxBody: number;
  tlsCert?: string;
  tlsKey?: string;
  allowAltered?: boolean;
  allowDifferent?: boolean;
}

const pem = (path: string) =>
  readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError('input', `${path}: expected a PEM file, but it cannot be read (${messageOf(cause)})`, {
      cause,
    });
  });

async function tlsOf({ tlsCert, tlsKey }: ServeFlags) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new OnwardError('usage', 'expected --tls-cert and --tls-key together, got one of them');
  }
  return { cert: await pem(tlsCert), key: await pem(tlsKey) };
}

/** Waits for Ctrl-C, then lets running requests finish. */
export async function serveUntil(signal: AbortSignal, server: Server): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await server.close();
}

export const serveCommand = new Command('serve')
  .description('answer predictions over HTTP, and show the page')
  .addOption(new Option('--model <file>', 'a model.onnx, instead of the argument').env('MODEL').hideHelp())
  .argument('[model]', 'a model.onnx (or the environment variable MODEL)')
  .addOption(
    new Option('--port <n>', 'the port; 0 takes a free one').env('PORT').argParser(wholeNumber(0)).default(8080),
  )
  .addOption(
    new Option('--host <address>', 'the address to listen on; 0.0.0.0 is every network')
      .env('HOST')
      .default('127.0.0.1'),
  )
  .addOption(new Option('--engine <name>', 'what runs the model').env('ENGINE').default('ort-cpu'))
  .addOption(
    new Option('--workers <n>', 'worker threads that decode and predict').env('WORKERS').argParser(wholeNumber()),
  )
  .addOption(new Option('--threads <n>', "the engine's threads in each worker").env('THREADS').argParser(wholeNumber()))
  .addOption(
    new Option('--max-body <bytes>', 'the largest upload')
      .env('MAX_BODY')
      .argParser(wholeNumber())
      .default(10 * 1024 * 1024),
  )
  .addOption(new Option('--tls-cert <file>', 'PEM certificate: speak https').env('TLS_CERT'))
  .addOption(new Option('--tls-key <file>', 'PEM key of the certificate').env('TLS_KEY'))
  .option('--allow-altered', 'serve a file that was altered after it was exported')
  .option('--allow-different', 'serve a model that predicts differently here than where it was trained')
  .addHelpText(
    'after',
    '\nExample:\n  $ npx onward serve runs/photos/model.onnx --port 8080\n  $ curl --data-binary @photo.jpg http://127.0.0.1:8080/classify\n',
  )
  .action(async (argument: string | undefined, flags: ServeFlags) => {
    const path = argument ?? flags.model;
    if (path === undefined)
      throw new OnwardError('usage', 'expected a model.onnx as the argument or in MODEL, got none; see --help');
    const { name: engine } = engineFlag(flags.engine);
    const model = await loadModelFile(path, { allowAltered: flags.allowAltered ?? false });
    for (const guess of model.guesses) console.error(`note: ${guess}`);
    const { port, host, workers, threads, maxBody: maxBodyBytes, allowDifferent } = flags;
    const server = await serve({
      model,
      engine,
      port,
      host,
      workers,
      threads,
      maxBodyBytes,
      allowDifferent,
      tls: await tlsOf(flags),
    });
    console.log(`${path} on ${engine}: ${server.url} (POST an image to ${server.url}classify; Ctrl-C stops)`);
    await serveUntil(interruptSignal(), server);
  });
