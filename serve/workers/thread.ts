import { Worker } from 'node:worker_threads';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { Batch, BatchReply, FromWorker, Opened, ToWorker, WorkerSetup } from './messages.js';
import { patientlyEnded } from './patiently-ended.js';

/** What a thread made of a batch. */
export interface Answer {
  readonly reply: BatchReply;
  /** When it began with it, by `performance.now()`: a batch that was given ahead waits for the one before. */
  readonly started: number;
}

/** A worker thread with an open session. It does one thing at a time, in the order in which it was asked. */
export interface Thread {
  readonly opened: Opened;
  /** What it was given and has not answered; `Infinity` once it has ended. */
  readonly pending: number;
  /** Milliseconds that it has been at what it does now; 0 where it does nothing. */
  readonly busy: number;
  /** Settled when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /**
   * @param memory the buffers of the slots that the batch names
   * @param until by `Date.now()`, when it may give up: nobody waits for it then
   * @throws WorkerEnded when the thread ends before it answers
   */
  run(
    batch: Batch,
    memory: readonly { readonly id: number; readonly buffer: SharedArrayBuffer }[],
    until: number,
  ): Promise<Answer>;
  /** Runs zeros for about so long, some times at least; images (or rows) per second. */
  measure(rows: number, milliseconds: number): Promise<number>;
  /** After what it does now. Resolves when it has ended, or after some seconds where it hangs: it is then among `hanging`. */
  close(): Promise<void>;
}

/** A thread that ended in the middle of its work, which somebody else may do. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';

  /** @param started false where it ended before this work began, which can have nothing to do with it */
  constructor(
    message: string,
    readonly started: boolean,
  ) {
    super(message);
  }
}

interface Waiting {
  /** When it was asked. */
  readonly since: number;
  done(message: FromWorker, began: number): void;
  failed(error: Error): void;
}

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
  const waiting: Waiting[] = [];
  /** When it answered last. */
  let free = 0;
  let why = '';
  let gone = false;

  const ended = new Promise<void>((resolve) => {
    worker.on('error', (error) => {
      why = messageOf(error);
    });
    worker.on('exit', (code) => {
      gone = true;
      const message = `a worker thread ended (${why || `code ${code}`})`;
      for (const [i, { failed }] of waiting.splice(0).entries()) failed(new WorkerEnded(message, i === 0));
      resolve();
    });
  });
  worker.on('message', (message: FromWorker) => {
    const began = free;
    free = performance.now();
    waiting.shift()?.done(message, began);
  });
  const answer = <T>(read: (message: FromWorker, began: number) => T) =>
    new Promise<T>((resolve, failed) => {
      if (gone) failed(new WorkerEnded(`a worker thread ended (${why || 'before it was asked'})`, false));
      else {
        const since = performance.now();
        waiting.push({ since, done: (message, began) => resolve(read(message, began)), failed });
      }
    });
  const ask = <T>(message: ToWorker, read: (message: FromWorker, began: number) => T) => {
    const answered = answer(read);
    worker.postMessage(message);
    return answered;
  };

  const first = await answer((message) => message).catch((cause: unknown) => {
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
    get pending() {
      return gone ? Number.POSITIVE_INFINITY : waiting.length;
    },
    get busy() {
      const first = waiting[0];
      return first ? performance.now() - Math.max(first.since, free) : 0;
    },
    async run(batch, memory, until) {
      const fresh: [number, SharedArrayBuffer][] = [];
      for (const { id, buffer } of memory) {
        if (id >= 0 && known.has(id)) continue;
        if (id >= 0) known.add(id);
        fresh.push([id, buffer]);
      }
      const asked = performance.now();
      return ask({ type: 'batch', batch, until, fresh }, (message, began) => ({
        reply: (message as FromWorker & { type: 'done' }).reply,
        started: Math.max(asked, began),
      }));
    },
    measure(rows, milliseconds) {
      return ask({ type: 'measure', rows, milliseconds }, (message) => {
        const said = message as FromWorker & { type: 'measured' };
        return (said.runs * rows * 1000) / said.milliseconds;
      });
    },
    async close() {
      if (gone) return;
      worker.postMessage({ type: 'close' } satisfies ToWorker);
      // It is not ended by force: one that is ended amid native code takes the whole process with it.
      await patientlyEnded(worker, ended);
      if (!gone) worker.unref();
    },
  };
}
