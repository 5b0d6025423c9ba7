import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import { defaultLimits, parseApiKeys, type Server, serve } from '../serve/index.js';
import { byteCount } from './lib/bytes.js';
import { engineFlag } from './lib/engine-list.js';
import { interruptSignal } from './lib/interrupt.js';
import { positiveNumber, wholeNumber } from './lib/numbers.js';

interface ServeFlags {
  model?: string;
  name?: string;
  port: number;
  host: string;
  engine: string;
  workers?: number;
  threads?: number;
  maxBatch?: number;
  maxWait?: number;
  tune: 'auto' | 'off';
  timeout: number;
  maxQueue: number;
  maxBody: number;
  maxPixels: number;
  grace: number;
  reload: 'auto' | 'off';
  reloadInterval: number;
  memoryBudget?: number;
  apiKeys?: string;
  modelControl?: boolean;
  logRequests?: boolean;
  tlsCert?: string;
  tlsKey?: string;
  allowAltered?: boolean;
  allowDifferent?: boolean;
}

const textOf = (path: string, what: string) =>
  readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError('input', `${path}: expected ${what}, but it cannot be read (${messageOf(cause)})`, {
      cause,
    });
  });

const pem = (path: string) => textOf(path, 'a PEM file');

async function tlsOf({ tlsCert, tlsKey }: ServeFlags) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new OnwardError('usage', 'expected --tls-cert and --tls-key together, got one of them');
  }
  return { cert: await pem(tlsCert), key: await pem(tlsKey) };
}

/** Waits for Ctrl-C or SIGTERM, then lets running requests finish. */
export async function serveUntil(signal: AbortSignal, server: Server): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await server.close();
}

const whole = (flags: string, description: string, variable: string, least = 1) =>
  new Option(flags, description).env(variable).argParser(wholeNumber(least));

export const serveCommand = new Command('serve')
  .description('answer predictions over HTTP, and show the page')
  .addOption(new Option('--model <file>', 'a model.onnx, instead of the argument').env('MODEL').hideHelp())
  .argument('[model]', 'a model.onnx, or a folder of models (or the environment variable MODEL)')
  .addOption(new Option('--name <name>', 'what requests call the model (default: by its file)').env('MODEL_NAME'))
  .addOption(whole('--port <n>', 'the port; 0 takes a free one', 'PORT', 0).default(8080))
  .addOption(
    new Option('--host <address>', 'the address to listen on; 0.0.0.0 is every network')
      .env('HOST')
      .default('127.0.0.1'),
  )
  .addOption(new Option('--engine <name>', 'what runs the model').env('ENGINE').default('ort-cpu'))
  .addOption(whole('--workers <n>', 'worker threads that decode and predict', 'WORKERS'))
  .addOption(whole('--threads <n>', "the engine's threads in each worker", 'THREADS'))
  .addOption(whole('--max-batch <n>', 'images that are run at once, at most', 'MAX_BATCH'))
  .addOption(whole('--max-wait <ms>', 'how long a batch that is not full waits for more', 'MAX_WAIT', 0))
  .addOption(
    new Option(
      '--tune <when>',
      'measure what --workers, --threads and --max-batch do not say, in the first idle seconds',
    )
      .env('TUNE')
      .choices(['auto', 'off'])
      .default('auto'),
  )
  .addOption(whole('--max-queue <n>', 'images that may wait', 'MAX_QUEUE').default(defaultLimits.maxQueue))
  .addOption(
    new Option('--timeout <seconds>', 'until a request that was not answered gets a 503')
      .env('TIMEOUT')
      .argParser(positiveNumber)
      .default(defaultLimits.timeout / 1000),
  )
  .addOption(whole('--max-body <bytes>', 'the largest upload', 'MAX_BODY').default(defaultLimits.maxBodyBytes))
  .addOption(whole('--max-pixels <n>', 'the largest image', 'MAX_PIXELS').default(defaultLimits.maxPixels))
  .addOption(
    new Option('--grace <seconds>', 'what requests that run get to finish when the server stops')
      .env('GRACE')
      .argParser(positiveNumber)
      .default(10),
  )
  .addOption(
    new Option('--reload <when>', 'open what changes on the disk, and let it take over once its golden samples agree')
      .env('RELOAD')
      .choices(['auto', 'off'])
      .default('auto'),
  )
  .addOption(
    new Option('--reload-interval <seconds>', 'between two looks where the system does not tell of changes')
      .env('RELOAD_INTERVAL')
      .argParser(positiveNumber)
      .default(5),
  )
  .addOption(
    new Option('--memory-budget <bytes>', 'of all open models, for example 2GB: those least recently used are closed')
      .env('MEMORY_BUDGET')
      .argParser(byteCount),
  )
  .addOption(new Option('--api-keys <file>', 'names and sha256 of the keys that may ask').env('API_KEYS'))
  .addOption(new Option('--model-control', 'let requests load and unload models').env('MODEL_CONTROL'))
  .addOption(new Option('--log-requests', 'a line of JSON for every request').env('LOG_REQUESTS'))
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
    const { apiKeys, timeout, grace, reloadInterval, maxQueue, maxBody: maxBodyBytes, maxPixels } = flags;
    const server = await serve({
      ...flags,
      model: path,
      engine,
      limits: { maxBodyBytes, maxPixels, maxQueue, timeout: milliseconds(timeout) },
      grace: milliseconds(grace),
      reloadInterval: milliseconds(reloadInterval),
      keys: apiKeys === undefined ? undefined : parseApiKeys(await textOf(apiKeys, 'a file with API keys'), apiKeys),
      tls: await tlsOf(flags),
    });
    for (const note of server.notes) console.error(`note: ${note}`);
    console.log(`${path} on ${engine}: ${server.url} (POST an image to ${server.url}classify; Ctrl-C stops)`);
    await serveUntil(interruptSignal(), server);
  });

const milliseconds = (seconds: number) => Math.max(1, Math.round(seconds * 1000));
