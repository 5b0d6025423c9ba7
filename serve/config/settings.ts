import { engines } from '../../runtime/engines/index.node.js';
import { defaultLimits } from '../limits.js';
import { bytes, choice, devices, fileMode, type Kind, list, positive, rate, text, whole, yesNo } from './kinds.js';

/** One setting of `onward serve`: a flag, a variable of the environment and a key of a file alike. */
export interface Setting<T, Fallback extends T | undefined = T | undefined> {
  readonly kind: Kind<T>;
  readonly meaning: string;
  /** The variable of the environment. */
  readonly env: string;
  /** What it is where nobody says it. */
  readonly fallback: Fallback;
  /** A path: in a file it is relative to that file. */
  readonly path?: boolean;
}

interface More<Fallback> {
  readonly fallback?: Fallback;
  readonly path?: boolean;
}

function setting<T>(env: string, kind: Kind<T>, meaning: string, more: { fallback: NoInfer<T> }): Setting<T, T>;
function setting<T>(env: string, kind: Kind<T>, meaning: string, more?: { path?: boolean }): Setting<T, T | undefined>;
function setting<T>(env: string, kind: Kind<T>, meaning: string, more: More<T> = {}): Setting<T> {
  return { fallback: undefined, ...more, env, kind, meaning };
}

const { maxQueue, timeout, hangTimeout, maxBodyBytes, maxBodiesBytes, maxPixels, maxRows, maxImages } = defaultLimits;
const { headersTimeout, requestTimeout, keepAliveTimeout, maxConnections } = defaultLimits;
const file = (placeholder = 'file') => text(placeholder, 'a path');
const asPath = { path: true };
const engineNames = engines.map(({ name }) => name);

/** Every setting. A further one is a line here. */
export const settings = {
  model: setting('MODEL', file(), 'a model.onnx or a folder of models, instead of the argument', asPath),
  name: setting('MODEL_NAME', text('name'), 'what requests call the model (default: by its file)'),
  port: setting('PORT', whole(0, 65535), 'the port; 0 takes a free one', { fallback: 8080 }),
  host: setting('HOST', text('address'), 'the address to listen on; 0.0.0.0 is every network', {
    fallback: '127.0.0.1',
  }),
  grpcPort: setting('GRPC_PORT', whole(0, 65535), 'a port for gRPC, too; 0 takes a free one'),
  socket: setting('SOCKET', file(), 'a unix socket to listen on, in place of a port', asPath),
  socketMode: setting('SOCKET_MODE', fileMode, 'the rights of that socket: who may write it may ask (default: 600)'),
  classifier: setting(
    'CLASSIFIER',
    file('file or JSON'),
    'what an ONNX file that is not ours does not say (default: <name>.classifier.json beside it)',
    asPath,
  ),
  engine: setting('ENGINE', choice(engineNames, 'name'), 'what runs the model', { fallback: 'ort-cpu' }),
  device: setting('CUDA_DEVICES', devices, 'of ort-cuda: GPUs as nvidia-smi counts them; a worker for each'),
  workers: setting('WORKERS', whole(), 'worker threads that decode and predict'),
  threads: setting('THREADS', whole(), "the engine's threads in each worker"),
  maxBatch: setting('MAX_BATCH', whole(), 'images that are run at once, at most'),
  maxWait: setting('MAX_WAIT', whole(0, 10_000, 'ms'), 'how long a batch that is not full waits for more'),
  tune: setting(
    'TUNE',
    choice(['auto', 'off'], 'when'),
    'measure what --workers, --threads and --max-batch do not say, in the first idle seconds',
    { fallback: 'auto' },
  ),
  maxQueue: setting('MAX_QUEUE', whole(), 'images that may wait', { fallback: maxQueue }),
  timeout: setting('TIMEOUT', positive('seconds'), 'until a request that was not answered gets a 503', {
    fallback: timeout / 1000,
  }),
  hangTimeout: setting(
    'HANG_TIMEOUT',
    positive('seconds'),
    'that a worker may take for one batch; beyond it health says that it is not there',
    { fallback: hangTimeout / 1000 },
  ),
  maxRows: setting('MAX_ROWS', whole(), 'the most rows of a tensor', { fallback: maxRows }),
  maxImages: setting('MAX_IMAGES', whole(), 'the most images in one form', { fallback: maxImages }),
  headerTimeout: setting('HEADER_TIMEOUT', positive('seconds'), 'that a client may take for the head of a request', {
    fallback: headersTimeout / 1000,
  }),
  requestTimeout: setting('REQUEST_TIMEOUT', positive('seconds'), 'that a client may take for a whole request', {
    fallback: requestTimeout / 1000,
  }),
  keepAlive: setting('KEEP_ALIVE', positive('seconds'), 'that a connection may be idle between two requests', {
    fallback: keepAliveTimeout / 1000,
  }),
  maxConnections: setting('MAX_CONNECTIONS', whole(), 'open connections; more are closed at once', {
    fallback: maxConnections,
  }),
  maxBody: setting('MAX_BODY', bytes, 'the largest upload', { fallback: maxBodyBytes }),
  maxBodies: setting('MAX_BODIES', bytes, 'all uploads that are read or worked on, together', {
    fallback: maxBodiesBytes,
  }),
  maxPixels: setting('MAX_PIXELS', whole(), 'the largest image', { fallback: maxPixels }),
  grace: setting('GRACE', positive('seconds'), 'what requests that run get to finish when the server stops', {
    fallback: 10,
  }),
  reload: setting(
    'RELOAD',
    choice(['auto', 'off'], 'when'),
    'open what changes on the disk, and let it take over once its golden samples agree',
    { fallback: 'auto' },
  ),
  reloadInterval: setting(
    'RELOAD_INTERVAL',
    positive('seconds'),
    'between two looks where the system does not tell of changes',
    { fallback: 5 },
  ),
  memoryBudget: setting(
    'MEMORY_BUDGET',
    bytes,
    'of all open models, for example 2GB: those least recently used are closed',
  ),
  apiKeys: setting('API_KEYS', file(), 'names and sha256 of the keys that may ask', asPath),
  rateLimit: setting('RATE_LIMIT', rate, 'how often one client may ask: 100/s, 20/m, 1000/h'),
  quotaFile: setting('QUOTA_FILE', file(), 'keeps what keys have used of their quotas over restarts', asPath),
  trustProxy: setting(
    'TRUST_PROXY',
    list('addresses', 'addresses, networks (10.0.0.0/8), loopback, private or unix'),
    'proxies whose X-Forwarded-For is believed: addresses, networks, loopback, private, unix',
  ),
  allowedHosts: setting(
    'ALLOWED_HOSTS',
    list('names', 'names of hosts without a port, or *'),
    'names of this server besides localhost and addresses, or * (default: * but on this machine alone)',
  ),
  maxTta: setting('MAX_TTA', whole(0, 1000), 'draws of ?tta=, at most; each costs as much as an image', {
    fallback: 0,
  }),
  explain: setting('EXPLAIN', yesNo, 'let requests ask for heat maps, which cost as much as hundreds of images', {
    fallback: false,
  }),
  modelControl: setting('MODEL_CONTROL', yesNo, 'let requests load and unload models', { fallback: false }),
  logRequests: setting('LOG_REQUESTS', yesNo, 'a line of JSON for every request', { fallback: false }),
  tlsCert: setting('TLS_CERT', file(), 'PEM certificate: speak https', asPath),
  tlsKey: setting('TLS_KEY', file(), 'PEM key of the certificate', asPath),
  http2: setting('HTTP2', yesNo, 'with a certificate: HTTP/2 too', { fallback: false }),
  allowAltered: setting('ALLOW_ALTERED', yesNo, 'serve a file that was altered after it was exported', {
    fallback: false,
  }),
  allowDifferent: setting(
    'ALLOW_DIFFERENT',
    yesNo,
    'serve a model that predicts differently here than where it was trained',
    { fallback: false },
  ),
};

export type SettingName = keyof typeof settings;

/** What is in force: of every setting its value. */
export type Settings = {
  readonly [name in SettingName]: (typeof settings)[name] extends Setting<infer T, infer Fallback>
    ? undefined extends Fallback
      ? T | undefined
      : T
    : never;
};

export const settingNames = Object.keys(settings) as SettingName[];

/** `maxQueue` -> `--max-queue` */
export const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
