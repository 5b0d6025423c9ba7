import { availableParallelism } from 'node:os';
import { OnwardError } from '../../runtime/common/index.js';
import type { EngineName } from '../../runtime/engines/index.js';

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

/** What somebody set by hand. */
export type RunningOptions = { readonly [Name in keyof Running]?: Running[Name] | undefined };

const cpuEngines: ReadonlySet<EngineName> = new Set(['ort-cpu', 'tfjs-wasm', 'tfjs-native']);

/** Whether workers share the cores, so that there may be several. */
export const usesCores = (engine: EngineName) => cpuEngines.has(engine);

/**
 * What is used before anything was measured: a worker for two cores, at most four, with all cores among them; one for each GPU. The
 * event loop needs a core too, and each worker takes 20 MB.
 */
export function defaultRunning(engine: EngineName, devices = 1): Running {
  const cores = availableParallelism();
  const workers = usesCores(engine) ? Math.min(4, Math.ceil(cores / 2)) : devices;
  return {
    workers,
    threads: usesCores(engine) ? Math.max(1, Math.floor(cores / workers)) : undefined,
    maxBatch: 32,
    maxWait: 0,
  };
}

/**
 * What was set by hand, and for the rest the given.
 * @throws OnwardError kind `usage` for a number that cannot be
 */
export function runningOf({ workers, threads, maxBatch, maxWait }: RunningOptions, rest: Running): Running {
  for (const [what, value] of Object.entries({ workers, threads, 'the largest batch': maxBatch })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new OnwardError('usage', `expected ${what} to be a whole number from 1 up, got ${value}`);
  }
  if (maxWait !== undefined && !(maxWait >= 0 && maxWait <= 10_000)) {
    throw new OnwardError('usage', `expected the wait for a batch to be from 0 to 10000 milliseconds, got ${maxWait}`);
  }
  const shared = workers === undefined || rest.threads === undefined;
  return {
    workers: workers ?? rest.workers,
    threads: threads ?? (shared ? rest.threads : Math.max(1, Math.floor(availableParallelism() / workers))),
    maxBatch: maxBatch ?? rest.maxBatch,
    maxWait: maxWait ?? rest.maxWait,
  };
}
