import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { HTTPException } from 'hono/http-exception';
import { Piscina } from 'piscina';
import { messageOf, OnwardError } from '../runtime/common/index.js';
import type { EngineName } from '../runtime/engines/index.js';
import type { LoadedModel } from '../runtime/model/index.js';
import type { Prediction } from './answer.js';
import type { Opened, Reply, Task, Upload, WorkerSetup } from './task.js';

export interface PoolOptions {
  readonly model: LoadedModel;
  /** Default: ort-cpu. */
  readonly engine?: EngineName | undefined;
  /** Worker threads, each with its own session; default: one a core on a CPU engine (at most 4), else 1. */
  readonly workers?: number | undefined;
  /** Threads inside one session; default: the cores divided by the workers. */
  readonly threads?: number | undefined;
  /** Serve a model that predicts differently here from where it was trained; default: false. */
  readonly allowDifferent?: boolean | undefined;
  /** Gets one line for what nobody who sent a request should see; default: console.error. */
  readonly log?: (line: string) => void;
  /** The module that the threads run. */
  readonly filename?: string;
}

/** Sessions in worker threads: nothing that takes long happens on the event loop. */
export interface Pool extends Opened {
  readonly engine: EngineName;
  readonly workers: number;
  /** @throws OnwardError about the upload; HTTPException 503 when too many wait, 500 when the worker crashed */
  classify(upload: Upload): Promise<Prediction>;
  /** Lets what runs finish, then ends the threads. */
  close(): Promise<void>;
}

/** Uploads that may wait for a worker; more are told to come back. */
const maxWaiting = 128;

const cpuEngines: ReadonlySet<EngineName> = new Set(['ort-cpu', 'tfjs-wasm', 'tfjs-native']);

/** @throws OnwardError when the engine is not there (`missing`) or predicts other than the file says (`parity`) */
export async function createPool({
  model,
  engine = 'ort-cpu',
  workers = cpuEngines.has(engine) ? Math.min(4, availableParallelism()) : 1,
  threads = cpuEngines.has(engine) ? Math.max(1, Math.floor(availableParallelism() / workers)) : undefined,
  allowDifferent = false,
  log = console.error,
  filename = fileURLToPath(new URL('./worker.js', import.meta.url)),
}: PoolOptions): Promise<Pool> {
  const pool = new Piscina<Task, Reply>({
    filename,
    minThreads: workers,
    maxThreads: workers,
    maxQueue: maxWaiting,
    // A worker that waits in Atomics.wait cannot take what native code reports back between two tasks.
    atomics: 'disabled',
    workerData: { model, engine, threads, allowDifferent } satisfies WorkerSetup,
  });
  // Without a listener an error in an idle worker would end the process.
  pool.on('error', (error) => log(`a worker failed: ${messageOf(error)}`));

  const perform = async (task: Task) => {
    const transferList = task.upload ? [task.upload.bytes.buffer] : [];
    const reply = await pool.run(task, { transferList });
    if (!reply.ok) throw new OnwardError(reply.kind, reply.message);
    return reply;
  };

  let opened: Opened;
  const starts = Array.from({ length: workers }, () => perform({}));
  try {
    opened = (await Promise.all(starts))[0]!.opened;
  } catch (cause) {
    // The others are waited for: a thread that is ended amid native code takes the whole process with it.
    await Promise.allSettled(starts);
    await pool.close();
    if (cause instanceof OnwardError) throw cause;
    throw new OnwardError('system', `the worker threads cannot start: ${messageOf(cause)}`, { cause });
  }

  return {
    ...opened,
    engine,
    workers,
    async classify(upload) {
      if (pool.queueSize >= maxWaiting) {
        throw new HTTPException(503, { message: `the server is busy: ${maxWaiting} images wait already; try again` });
      }
      try {
        return (await perform({ upload })).prediction!;
      } catch (cause) {
        if (cause instanceof OnwardError) throw cause;
        log(`a worker failed while it classified: ${cause instanceof Error ? cause.stack : cause}`);
        throw new HTTPException(500, { message: 'the worker that had this image failed; try again', cause });
      }
    },
    close: () => pool.close(),
  };
}
