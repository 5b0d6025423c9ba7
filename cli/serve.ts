import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import {
  asFile,
  configSchema,
  hanging,
  type Limits,
  parseApiKeys,
  type Resolved,
  type Server,
  type Settings,
  serve,
  settingNames,
} from '../serve/index.js';
import { interruptSignal } from './lib/interrupt.js';
import { goOnUnread } from './lib/output.js';
import { addSettings, settingsOf } from './lib/setting-flags.js';
import { table } from './lib/table.js';

const textOf = (path: string, what: string) =>
  readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError('input', `${path}: expected ${what}, but it cannot be read (${messageOf(cause)})`, {
      cause,
    });
  });

const pem = (path: string) => textOf(path, 'a PEM file');

async function tlsOf({ tlsCert, tlsKey }: Settings) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new OnwardError('usage', 'expected --tls-cert and --tls-key together, got one of them');
  }
  return { cert: await pem(tlsCert), key: await pem(tlsKey) };
}

const limitsIn = (values: Settings): Partial<Limits> => ({
  maxBodyBytes: values.maxBody,
  maxBodiesBytes: values.maxBodies,
  maxPixels: values.maxPixels,
  maxImages: values.maxImages,
  maxRows: values.maxRows,
  maxQueue: values.maxQueue,
  maxConnections: values.maxConnections,
  timeout: milliseconds(values.timeout),
  hangTimeout: milliseconds(values.hangTimeout),
  headersTimeout: milliseconds(values.headerTimeout),
  requestTimeout: milliseconds(values.requestTimeout),
  keepAliveTimeout: milliseconds(values.keepAlive),
});

/** Waits for Ctrl-C or SIGTERM, then lets running requests finish; ends the process itself where a thread hangs. */
export async function serveUntil(signal: AbortSignal, server: Server): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await server.close();
  if (hanging.size === 0) return;
  console.error('onward: a worker thread hangs, and cannot be ended without the process, which is ended now');
  // Every other way to end waits for its threads.
  process.kill(process.pid, 'SIGKILL');
}

export const serveCommand = addSettings(
  new Command('serve')
    .description('answer predictions over HTTP, and show the page')
    .argument('[model]', 'a model.onnx, or a folder of models (or the environment variable MODEL)'),
)
  .option('--print-config', 'print the settings in force as such a file, and where each is from')
  .option('--config-schema', 'print the JSON schema of such a file, for editors')
  .addHelpText(
    'after',
    '\nExample:\n  $ npx onward serve runs/photos/model.onnx --port 8080\n  $ curl --data-binary @photo.jpg http://127.0.0.1:8080/classify\n',
  )
  .action(async (argument: string | undefined, flags: { printConfig?: boolean; configSchema?: boolean }) => {
    if (flags.configSchema) return console.log(JSON.stringify(configSchema(), null, 2));
    const { values, sources } = await settingsOf(serveCommand, argument);
    if (flags.printConfig) return printConfig({ values, sources });
    if (values.model === undefined)
      throw new OnwardError('usage', 'expected a model.onnx as the argument or in MODEL, got none; see --help');
    const { model, engine, apiKeys, grace, reloadInterval, ...rest } = values;
    goOnUnread();
    const server = await serve({
      ...rest,
      ...{ model, engine, devices: values.device },
      socketMode: values.socketMode === undefined ? undefined : Number.parseInt(values.socketMode, 8),
      limits: limitsIn(values),
      grace: milliseconds(grace),
      reloadInterval: milliseconds(reloadInterval),
      keys: apiKeys === undefined ? undefined : parseApiKeys(await textOf(apiKeys, 'a file with API keys'), apiKeys),
      tls: await tlsOf(values),
    });
    for (const note of server.notes) console.error(`note: ${note}`);
    const how = howToAsk(server, values.socket);
    const grpc = server.grpcPort === undefined ? '' : `; gRPC on port ${server.grpcPort}`;
    console.log(`${model} on ${engine}: ${server.url} (${how}${grpc}; Ctrl-C stops)`);
    await serveUntil(interruptSignal(), server);
  });

/** One request, as whoever started the server can send it. */
function howToAsk({ url, modelName, classifies }: Server, socket: string | undefined): string {
  const path = classifies
    ? `classify${modelName === undefined ? '/<model>' : ''}`
    : `v2/models/${modelName ?? '<model>'}/infer`;
  if (socket === undefined) return `POST ${classifies ? 'an image' : 'tensors'} to ${url}${path}`;
  return `curl --unix-socket ${socket} --data-binary @${classifies ? 'photo.jpg' : 'tensors.json'} http://localhost/${path}`;
}

/** On stdout what `--config` takes; on stderr where each is from. */
function printConfig({ values, sources }: Resolved): void {
  console.log(JSON.stringify(asFile(values, process.cwd()), null, 2));
  const said = settingNames.filter((name) => values[name] !== undefined);
  console.error(
    table([['setting', 'value', 'from'], ...said.map((name) => [name, String(values[name]), sources[name]])]),
  );
}

const milliseconds = (seconds: number) => Math.max(1, Math.round(seconds * 1000));
