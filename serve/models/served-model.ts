import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { OnwardError } from '../../runtime/common/index.js';
import { type EngineName, engineByName } from '../../runtime/engines/index.node.js';
import { readHeader } from '../../runtime/image/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { type Batcher, createBatcher, createSlots, type Observer, type Outcome, type Work } from '../batching/index.js';
import { defaultLimits, type Limits } from '../limits.js';
import { dataTypeOf, elementsOf, rowsOf, type Tensor, type TensorSpec } from '../tensors/index.js';
import { isForm, type Upload } from '../upload.js';
import {
  type Batch,
  type BatchInput,
  createCrew,
  startThread,
  type TensorJob,
  type WorkerSetup,
} from '../workers/index.js';
import { checkModelName } from './name.js';
import { type Servable, servableOf } from './servable.js';

/** How a model is run. What is not said is chosen: safe at first, measured later. */
export interface Running {
  /** Worker threads, each with its own session. */
  readonly workers: number;
  /** Threads inside one session; undefined: the engine's own choice. */
  readonly threads: number | undefined;
  /** Rows of one batch. */
  readonly maxBatch: number;
  /** Milliseconds that a batch that is not full waits for more. */
  readonly maxWait: number;
}

export interface ServedModelOptions extends Partial<{ readonly [Name in keyof Running]: Running[Name] | undefined }> {
  /** Default: `model`. */
  readonly name?: string | undefined;
  /** Default: `1`. */
  readonly version?: string | undefined;
  /** Default: ort-cpu, the one that takes other tensors than images. */
  readonly engine?: EngineName | undefined;
  /** Serve a model that predicts differently here from where it was trained; default: false. */
  readonly allowDifferent?: boolean | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly observer?: Observer | undefined;
  /** Gets one line for what nobody who sent a request should see; default: console.error. */
  readonly log?: ((line: string) => void) | undefined;
  /** The module that the threads run. */
  readonly filename?: string | undefined;
}

/** Who asks: clients take turns, and what one asked is dropped when it has gone. */
export interface Client {
  readonly id: string;
  readonly onGone?: ((drop: () => void) => void) | undefined;
}

/** An input of a tensor request. */
export interface InputTensor extends TensorSpec {
  /** Strings, or who writes the bytes to where they belong. */
  readonly data: readonly string[] | { readonly write: (target: Uint8Array) => void };
}

export interface Predictions {
  /** float32 `[classes]` of each image. */
  readonly probabilities: readonly Float32Array[];
  readonly outcome: Outcome;
}

/** A model that answers: its sessions in worker threads, its requests in batches. */
export interface ServedModel {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly classifier: LoadedModel | undefined;
  readonly engine: EngineName;
  readonly engineVersion: string;
  readonly device: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of everything is a batch of any size. */
  readonly batched: boolean;
  readonly running: Running;
  /** Whether there is a worker. */
  readonly ready: boolean;
  /** Rows that wait. */
  readonly waiting: number;
  /**
   * The images of an upload.
   * @throws OnwardError about the upload; HTTPException 503 when too many wait, 500 when workers end over it
   */
  classify(upload: Upload, client?: Client): Promise<Predictions>;
  /**
   * Tensors to tensors: inputs as the model's specs say, which the caller has checked.
   * @throws as `classify`; OnwardError kind `input` for values that the model does not take
   */
  infer(
    inputs: readonly InputTensor[],
    outputs: readonly string[],
    client?: Client,
  ): Promise<{ tensors: Tensor[]; outcome: Outcome }>;
  /** Answers what was accepted, then ends the threads. */
  close(): Promise<void>;
}

const cpuEngines: ReadonlySet<EngineName> = new Set(['ort-cpu', 'tfjs-wasm', 'tfjs-native']);

/** Larger pictures go alone: decoding one takes longer than a batch of small ones. */
const smallPixels = 512 * 512;

const anyone: Client = { id: '' };

interface TensorWork extends Work {
  readonly job: TensorJob;
}
interface ImageWork extends Work {
  readonly contentType: string;
}

/** What is used before anything was measured. */
export function defaultRunning(engine: EngineName): Running {
  const cores = availableParallelism();
  const workers = cpuEngines.has(engine) ? Math.min(4, cores) : 1;
  return {
    workers,
    threads: cpuEngines.has(engine) ? Math.max(1, Math.floor(cores / workers)) : undefined,
    maxBatch: 32,
    maxWait: 0,
  };
}

/** @throws OnwardError when the engine is not there (`missing`) or predicts other than the file says (`parity`) */
export async function openServedModel(
  given: Servable | LoadedModel,
  options: ServedModelOptions = {},
): Promise<ServedModel> {
  const {
    name = 'model',
    version = '1',
    engine = 'ort-cpu',
    allowDifferent = false,
    observer,
    log = console.error,
    filename = fileURLToPath(new URL('../workers/worker.js', import.meta.url)),
  } = options;
  checkModelName(name);
  engineByName(engine);
  const servable = 'file' in given ? given : servableOf(given);
  const { classifier, bytes } = servable;
  if (!classifier && engine !== 'ort-cpu') {
    throw new OnwardError(
      'usage',
      `${servable.file}: it is no image classifier, which only ort-cpu serves, got ${engine}`,
    );
  }
  const limits = { ...defaultLimits, ...options.limits };
  const running = runningOf(options, defaultRunning(engine));

  const setup: WorkerSetup = {
    name: servable.file,
    bytes,
    classifier: classifier && { ...classifier, bytes: new Uint8Array() },
    engine,
    threads: running.threads,
    allowDifferent,
    maxPixels: limits.maxPixels,
    maxImages: limits.maxImages,
    maxBatch: running.maxBatch,
  };
  let waker: Batcher | undefined;
  const crew = await createCrew({
    size: running.workers,
    start: () => startThread(filename, setup),
    onChange: () => waker?.wake(),
    log: (line) => log(`${name}: ${line}`),
  });
  const slots = createSlots();
  const batcher = createBatcher({
    crew: () => crew,
    maxBatch: () => running.maxBatch,
    maxWait: () => running.maxWait,
    maxQueue: limits.maxQueue,
    timeout: limits.timeout,
    log: (line) => log(`${name}: ${line}`),
    observer,
  });
  waker = batcher;

  const { inputs, outputs, version: engineVersion, device } = crew.first.opened;
  const isBatch = ({ shape }: TensorSpec) => shape[0] === -1;
  const batched = inputs.every(isBatch) && outputs.every(isBatch);
  let closing: Promise<void> | undefined;

  const imagesOf = (works: readonly Work[]): Batch => ({
    kind: 'images',
    jobs: (works as readonly ImageWork[]).map(({ slot, contentType }) => ({
      slot: slot.id,
      length: slot.bytes.length,
      contentType,
    })),
  });

  return {
    ...{
      name,
      version,
      file: servable.file,
      classifier,
      engine,
      engineVersion,
      device,
      inputs,
      outputs,
      batched,
      running,
    },
    get ready() {
      return crew.alive > 0 && !closing;
    },
    get waiting() {
      return batcher.waiting;
    },

    async classify({ bytes, contentType }, client = anyone) {
      if (!classifier) {
        throw new OnwardError(
          'usage',
          `the model ${name} is no image classifier; send its tensors to /v2/models/${name}/infer`,
        );
      }
      const form = isForm(contentType);
      let alone = form;
      if (!form && bytes.length > 0) {
        // Refused here, what is no image costs no worker anything.
        const { width, height } = readHeader(bytes, { maxPixels: limits.maxPixels });
        alone = width * height > smallPixels;
      } else if (!form) throw new OnwardError('input', 'expected an image, got 0 bytes; send the file as the body');
      const slot = slots.take(bytes.length);
      slot.bytes.set(bytes);
      const lane = alone ? 'image' : 'images';
      const work: ImageWork = { client: client.id, lane, rows: 1, alone, slot, contentType, batchOf: imagesOf };
      const outcome = await batcher.submit(work, client.onGone);
      const { data, shape } = outcome.part.outputs[0]!;
      const classes = shape[1]!;
      const { buffer, byteOffset } = data as Uint8Array;
      const probabilities = Array.from(
        { length: outcome.rows },
        (_, i) => new Float32Array(buffer, byteOffset + (outcome.from + i) * classes * 4, classes),
      );
      return { probabilities, outcome };
    },

    async infer(given, wanted, client = anyone) {
      const rows = batched ? given[0]!.shape[0]! : 1;
      const head: BatchInput[] = [];
      const places: (TensorJob['inputs'][number] & object)[] = [];
      let total = 0;
      let lane = wanted.join();
      for (const { name, datatype, shape, data } of given) {
        const rest = batched ? shape.slice(1) : shape;
        head.push({ name, datatype, shape: rest });
        lane += `|${rest}`;
        if ('write' in data) {
          const bytes = elementsOf(shape) * dataTypeOf(datatype).bytes;
          places.push({ offset: total, bytes });
          // So that every kind of array can look at its part.
          total += Math.ceil(bytes / 8) * 8;
        } else places.push(data);
      }
      const slot = slots.take(total);
      try {
        for (const [i, { data }] of given.entries()) {
          const place = places[i]!;
          if ('write' in data && 'offset' in place)
            data.write(slot.bytes.subarray(place.offset, place.offset + place.bytes));
        }
      } catch (error) {
        slot.release();
        throw error;
      }
      const work: TensorWork = {
        ...{ client: client.id, lane, rows, alone: !batched, slot },
        job: { slot: slot.id, rows, inputs: places },
        batchOf: (works) => ({
          kind: 'tensors',
          batched,
          inputs: head,
          outputs: wanted,
          jobs: (works as readonly TensorWork[]).map(({ job }) => job),
        }),
      };
      const outcome = await batcher.submit(work, client.onGone);
      const tensors = batched
        ? outcome.part.outputs.map((tensor) => rowsOf(tensor, outcome.from, outcome.rows))
        : [...outcome.part.outputs];
      return { tensors, outcome };
    },

    close() {
      closing ??= batcher.drain().then(() => crew.close());
      return closing;
    },
  };
}

function runningOf(options: ServedModelOptions, defaults: Running): Running {
  const { workers, maxBatch, maxWait } = options;
  const count = (what: string, value: number | undefined) => {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) return;
    throw new OnwardError('usage', `expected ${what} to be a whole number from 1 up, got ${value}`);
  };
  count('workers', workers);
  count('threads', options.threads);
  count('the largest batch', maxBatch);
  if (maxWait !== undefined && !(maxWait >= 0 && maxWait <= 10_000)) {
    throw new OnwardError('usage', `expected the wait for a batch to be from 0 to 10000 milliseconds, got ${maxWait}`);
  }
  const cores = availableParallelism();
  return {
    workers: workers ?? defaults.workers,
    threads:
      options.threads ??
      (workers === undefined || defaults.threads === undefined
        ? defaults.threads
        : Math.max(1, Math.floor(cores / workers))),
    maxBatch: maxBatch ?? defaults.maxBatch,
    maxWait: maxWait ?? defaults.maxWait,
  };
}
