import { Worker } from 'node:worker_threads';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { Batch, BatchReply, FromWorker, Opened, ToWorker, WorkerSetup } from './messages.js';

/** A worker thread with an open session. It does one thing at a time. */
export interface Thread {
  readonly opened: Opened;
  readonly busy: boolean;
  /** Settled when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /**
   * @param memory the buffers of the slots that the batch names
   * @throws WorkerEnded when the thread ends before it answers
   */
  run(
    batch: Batch,
    memory: readonly { readonly id: number; readonly buffer: SharedArrayBuffer }[],
  ): Promise<BatchReply>;
  /** Runs zeros for about so long; images (or rows) per second. */
  measure(rows: number, milliseconds: number): Promise<number>;
  /** After what it does now. */
  close(): Promise<void>;
}

/** A thread that ended in the middle of its work, which somebody else may do. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
}

interface Waiting {
  done(message: FromWorker): void;
  failed(error: Error): void;
}

/** How long a thread gets to end by itself: one that is ended amid native code takes the whole process with it. */
const patience = 10_000;

/**
 * Starts a thread and waits until its session is open and warm.
 * @throws OnwardError as opening the session does; kind `system` when the thread ends before
 */
export async function startThread(filename: string, setup: WorkerSetup): Promise<Thread> {
  const worker = new Worker(filename, {
    workerData: setup,
    // What lives shortly is small here; a larger nursery would only keep memory.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const known = new Set<number>();
  let waiting: Waiting | undefined;
  let why = '';
  let gone = false;

  const ended = new Promise<void>((resolve) => {
    worker.on('error', (error) => {
      why = messageOf(error);
    });
    worker.on('exit', (code) => {
      gone = true;
      waiting?.failed(new WorkerEnded(`a worker thread ended (${why || `code ${code}`})`));
      waiting = undefined;
      resolve();
    });
  });
  worker.on('message', (message: FromWorker) => {
    const asked = waiting;
    waiting = undefined;
    asked?.done(message);
  });
  const answer = () =>
    new Promise<FromWorker>((done, failed) => {
      if (gone) failed(new WorkerEnded(`a worker thread ended (${why || 'before it was asked'})`));
      else waiting = { done, failed };
    });
  const ask = (message: ToWorker) => {
    const answered = answer();
    worker.postMessage(message);
    return answered;
  };

  const first = await answer().catch((cause: unknown) => {
    throw new OnwardError('system', `a worker thread cannot start: ${messageOf(cause)}`, { cause });
  });
  if (first.type !== 'opened') {
    await ended;
    const { kind, message } = first as FromWorker & { type: 'refused' };
    throw new OnwardError(kind ?? 'system', kind ? message : `a worker thread cannot start: ${message}`);
  }

  return {
    opened: first.opened,
    ended,
    get busy() {
      return gone || waiting !== undefined;
    },
    async run(batch, memory) {
      const fresh: [number, SharedArrayBuffer][] = [];
      for (const { id, buffer } of memory) {
        if (id >= 0 && known.has(id)) continue;
        if (id >= 0) known.add(id);
        fresh.push([id, buffer]);
      }
      return ((await ask({ type: 'batch', batch, fresh })) as FromWorker & { type: 'done' }).reply;
    },
    async measure(rows, milliseconds) {
      const said = (await ask({ type: 'measure', rows, milliseconds })) as FromWorker & { type: 'measured' };
      return (said.runs * rows * 1000) / said.milliseconds;
    },
    async close() {
      if (gone) return;
      worker.postMessage({ type: 'close' } satisfies ToWorker);
      const last = setTimeout(() => void worker.terminate(), patience);
      await ended;
      clearTimeout(last);
    },
  };
}
