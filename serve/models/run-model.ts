import { fileURLToPath } from 'node:url';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { EngineName } from '../../runtime/engines/index.js';
import { type Batcher, createBatcher, type Observer } from '../batching/index.js';
import type { Limits } from '../limits.js';
import { createCrew, type Opened, startThread, type WorkerSetup } from '../workers/index.js';
import { defaultRunning, type Running, type RunningOptions, runningOf } from './running.js';
import type { Servable } from './servable.js';
import { type Tuning, tuningOf } from './tuning.js';

export interface RunModelOptions extends RunningOptions {
  readonly engine: EngineName;
  readonly tune: 'auto' | 'off';
  /** Of ort-cuda: the GPUs, which workers share evenly; undefined: the first. */
  readonly devices?: readonly number[] | undefined;
  readonly allowDifferent: boolean;
  readonly limits: Limits;
  readonly observer: Observer | undefined;
  readonly log: (line: string) => void;
  /** Measures one model after another, where there are several. */
  readonly measureInTurn?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
  /** The module that the threads run. */
  readonly filename?: string | undefined;
}

/** @throws OnwardError kind `usage` */
function checkDevices({ devices, engine, workers }: RunModelOptions): void {
  if (devices === undefined) return;
  if (engine !== 'ort-cuda') {
    throw new OnwardError('usage', `expected no devices, which only ort-cuda has, got ${devices} for ${engine}`);
  }
  const fine = devices.every((device) => Number.isInteger(device) && device >= 0);
  if (!fine || devices.length === 0 || new Set(devices).size !== devices.length) {
    throw new OnwardError('usage', `expected devices as whole numbers from 0 up, each once, got ${devices || 'none'}`);
  }
  if (workers !== undefined && workers < devices.length) {
    throw new OnwardError(
      'usage',
      `expected a worker for each of the ${devices.length} devices at least, got ${workers}; leave --workers out, or name fewer`,
    );
  }
}

/** The threads that run a model, and the batches that they get. */
export interface RunningModel extends Pick<Batcher, 'submit' | 'waiting'> {
  readonly opened: Opened;
  /** What it runs on; of several GPUs all. */
  readonly device: string;
  readonly running: Running;
  /** Whether there is a thread. */
  readonly alive: boolean;
  readonly tuned: Promise<void>;
  close(): Promise<void>;
}

const workerFile = fileURLToPath(new URL('../workers/worker.js', import.meta.url));

/** @throws OnwardError when a session does not open, or for numbers that cannot be */
export async function runModel(servable: Servable, options: RunModelOptions): Promise<RunningModel> {
  const { engine, allowDifferent, limits, observer, log, filename = workerFile } = options;
  const { devices, measureInTurn = (work) => work() } = options;
  checkDevices(options);
  const defaults = defaultRunning(engine, options.devices?.length);
  // Before anything is read or measured: what cannot be is said at once.
  runningOf(options, defaults);
  const tuning = options.tune === 'auto' ? await tuningOf(servable, engine, options) : undefined;
  let running = runningOf(options, { ...defaults, ...tuning?.known });

  let changed = () => {};
  const startCrew = ({ workers, threads, maxBatch }: Running) => {
    const { bytes, file, classifier } = servable;
    const { maxPixels, maxImages } = limits;
    const setupOf = (place: number): WorkerSetup => ({
      ...{ name: file, bytes, engine, threads, allowDifferent, maxPixels, maxImages, maxBatch },
      device: devices?.[place % devices.length],
      classifier: classifier && { ...classifier, bytes: new Uint8Array() },
    });
    return createCrew({
      size: workers,
      start: (place) => startThread(filename, setupOf(place)),
      hangTimeout: limits.hangTimeout,
      onChange: () => changed(),
      log,
    });
  };
  let crew = await startCrew(running);
  let asked = 0;
  const batcher = createBatcher({
    crew: () => crew,
    maxBatch: () => running.maxBatch,
    maxWait: () => running.maxWait,
    maxQueue: limits.maxQueue,
    timeout: limits.timeout,
    log,
    observer,
  });
  changed = () => {
    batcher.wake();
    observer?.workers?.(crew.alive, crew.hanging);
  };
  changed();

  const stop = new AbortController();
  async function retune({ measure, known }: Tuning): Promise<void> {
    if (known) return;
    const found = await measure({
      open: (candidate) => startCrew({ ...running, ...candidate }),
      asked: () => asked + batcher.running,
      signal: stop.signal,
      unkept: (error) => log(`what was measured is used, but cannot be kept for the next start: ${messageOf(error)}`),
    });
    if (!found || stop.signal.aborted) return;
    const next = runningOf(options, { ...running, ...found });
    // Threads are told the largest batch when they start.
    const [old, fresh] = [crew, await startCrew(next)];
    [crew, running] = [fresh, next];
    changed();
    // What they do now is answered first.
    await old.close();
  }
  const failed = (error: unknown) => log(`tuning failed, the settings stay as they are: ${messageOf(error)}`);
  let measuring = false;
  const measured = async (one: Tuning) => {
    if (stop.signal.aborted) return;
    measuring = true;
    await retune(one);
  };
  const tuned = tuning ? measureInTurn(() => measured(tuning)).catch(failed) : Promise.resolve();

  return {
    get opened() {
      return crew.first.opened;
    },
    get device() {
      return (
        [...new Set(crew.threads.map(({ opened }) => opened.device))].sort().join(', ') || crew.first.opened.device
      );
    },
    get running() {
      return running;
    },
    get alive() {
      return crew.alive > 0;
    },
    get waiting() {
      return batcher.waiting;
    },
    tuned,
    submit(work, onGone) {
      asked++;
      return batcher.submit(work, onGone);
    },
    async close() {
      stop.abort();
      // Whose turn to be measured has not come waits for nobody.
      await Promise.all([batcher.drain(), measuring && tuned]);
      await crew.close();
      observer?.workers?.(0, 0);
    },
  };
}
