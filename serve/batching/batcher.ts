import { HTTPException } from 'hono/http-exception';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { type Batch, type Crew, type Part, type Thread, type Times, WorkerEnded } from '../workers/index.js';
import { createFairQueue, type Queued } from './fair-queue.js';
import type { Slot } from './slots.js';

/** What a request asks of a model, with its input in shared memory. */
export interface Work extends Omit<Queued, 'since'> {
  readonly slot: Slot;
  /** Whether it may share a batch: large images and what a model takes only one by one may not. */
  readonly alone: boolean;
  /** What the worker gets for these, which all have the same lane. */
  readonly batchOf: (works: readonly Work[]) => Batch;
}

export interface Outcome {
  /** The part of the batch's outputs that has this work's rows. */
  readonly part: Part;
  /** The first of its rows in there, and how many. */
  readonly from: number;
  readonly rows: number;
  /** Milliseconds it waited for a worker. */
  readonly queue: number;
  /** Of the whole batch. */
  readonly times: Times;
  /** Rows of the whole batch. */
  readonly batch: number;
}

export interface Observer {
  batch?(rows: number, times: Times): void;
  queued?(rows: number): void;
  /** How many there are, whenever that changes, and how many besides hang. */
  workers?(alive: number, hanging: number): void;
  /** Why a work did not run. */
  dropped?(reason: 'busy' | 'late' | 'gone' | 'failed'): void;
}

export interface BatcherOptions {
  crew(): Crew;
  /** Rows of one batch. */
  maxBatch(): number;
  /** Milliseconds that a batch that is not full waits for more. */
  maxWait(): number;
  /** Rows that may wait; beyond it the latest work of whoever has most of them gets a 503. */
  readonly maxQueue: number;
  /** Milliseconds from being accepted to its answer. */
  readonly timeout: number;
  readonly log: (line: string) => void;
  readonly observer?: Observer | undefined;
}

export interface Batcher {
  /**
   * Runs a work in one of the next batches. The slot is released when nobody reads it any more.
   * @param onGone is called with what drops the work, for whoever learns that the client has gone
   * @throws OnwardError about the input; HTTPException 503 where the queue is full, the deadline passed or the server ends,
   *   500 when workers ended over it twice
   */
  submit(work: Work, onGone?: (drop: () => void) => void): Promise<Outcome>;
  /** There may be a worker with nothing to do. */
  wake(): void;
  /** Rows that wait. */
  readonly waiting: number;
  /** Works that run. */
  readonly running: number;
  /** Takes nothing new; resolves when everything that was accepted is answered, though a worker may still be at what nobody waits for. */
  drain(): Promise<void>;
}

interface Entry extends Queued {
  readonly work: Work;
  readonly deadline: number;
  attempts: number;
  settled: boolean;
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

/** Milliseconds. A worker that has nothing to do is worth more than a batch that is larger by what is read meanwhile. */
const patience = 0.2;

/**
 * Milliseconds. Where batches are done sooner than this, a thread gets its next one while it is at work: else it waits for
 * the event loop to get a core, which cost 2 to 4 % of the throughput of a net of 4 ms an image on two cores. Slower ones
 * lose nothing by it, and what was given can neither be dropped nor overtaken.
 */
const short = 100;

const pushedOut = 'the last of many requests of one client make room for those of others';

const busy = (message: string) => new HTTPException(503, { message });

/**
 * Collects what waits into batches and gives them to the crew: at once when a worker is idle, so batches grow with the load;
 * full ones ahead when every worker has one that will not take long.
 */
export function createBatcher(options: BatcherOptions): Batcher {
  const { maxQueue, timeout, log, observer } = options;
  const queue = createFairQueue<Entry>();
  /**
   * In the order of their deadlines, as all wait equally long. No Set: V8 makes its table anew every few requests, and each
   * that is old keeps the next, with the requests that were in it, until a major garbage collection.
   */
  const unsettled: Entry[] = [];
  let retries: Entry[] = [];
  let running = 0;
  /** Milliseconds that the last batch took. */
  let lately = Number.POSITIVE_INFINITY;
  let planned = false;
  let plannedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let clock: NodeJS.Timeout | undefined;
  let drained: (() => void) | undefined;
  let closing = false;

  function settle(entry: Entry, result: Outcome | Error): void {
    if (entry.settled) return;
    entry.settled = true;
    unsettled.splice(unsettled.indexOf(entry), 1);
    if (result instanceof Error) entry.reject(result);
    else entry.resolve(result);
    if (unsettled.length === 0) drained?.();
  }

  /** One that waits is gone for good; one that runs is answered, and its result is thrown away. */
  function drop(entry: Entry, error: Error, reason: 'late' | 'gone' | 'busy'): void {
    if (entry.settled) return;
    observer?.dropped?.(reason);
    if (queue.remove(entry)) {
      entry.work.slot.release();
      observer?.queued?.(queue.rows);
    }
    settle(entry, error);
  }

  function watch(): void {
    if (clock || unsettled.length === 0) return;
    clock = setTimeout(
      () => {
        clock = undefined;
        const now = performance.now();
        for (const entry of [...unsettled]) {
          if (entry.deadline > now) break;
          const seconds = timeout / 1000;
          drop(entry, busy(`the server is busy: this request was not answered within ${seconds} s; try again`), 'late');
        }
        watch();
      },
      Math.max(1, unsettled[0]!.deadline - performance.now()),
    ).unref();
  }

  /** After the requests that the event loop has already read: they go into the same batch, unless reading them takes long. */
  function wake(now = performance.now()): void {
    if (!planned) {
      planned = true;
      plannedAt = now;
      setImmediate(dispatch);
    } else if (now - plannedAt > patience) dispatch();
  }

  function dispatch(): void {
    planned = false;
    clearTimeout(timer);
    for (;;) {
      const crew = options.crew();
      const idle = crew.idle();
      const thread = idle ?? (lately < short ? crew.atWork(short) : undefined);
      if (!thread) return;
      const entry = retries.shift();
      if (entry) {
        if (entry.settled) entry.work.slot.release();
        else void run(thread, [entry]);
        continue;
      }
      const next = queue.next();
      if (!next) return;
      const most = next.oldest.work.alone ? 1 : options.maxBatch();
      if (!idle && next.rows < most) return;
      const wait = next.oldest.since + options.maxWait() - performance.now();
      if (wait > 0 && next.rows < most && !closing) {
        timer = setTimeout(dispatch, wait);
        return;
      }
      const batch = queue.take(() => most);
      observer?.queued?.(queue.rows);
      void run(thread, batch);
    }
  }

  async function run(thread: Thread, entries: readonly Entry[]): Promise<void> {
    running++;
    const works = entries.map(({ work }) => work);
    try {
      const { reply, started } = await thread.run(
        works[0]!.batchOf(works),
        works.map(({ slot }) => slot),
        Date.now() + Math.max(...entries.map(({ deadline }) => deadline)) - performance.now(),
      );
      const { parts, failed, times } = reply;
      lately = times.decode + times.batch + times.run;
      const rows = parts.reduce((sum, part) => sum + part.rows.reduce((a, b) => a + b, 0), 0);
      observer?.batch?.(rows, times);
      for (const part of parts) {
        let from = 0;
        for (const [i, job] of part.jobs.entries()) {
          const entry = entries[job]!;
          const count = part.rows[i]!;
          settle(entry, { part, from, rows: count, queue: started - entry.since, times, batch: rows });
          from += count;
        }
      }
      for (const { job, kind, message } of failed) settle(entries[job]!, new OnwardError(kind, message));
      for (const { slot } of works) slot.release();
    } catch (error) {
      const started = !(error instanceof WorkerEnded) || error.started;
      if (started) log(`a worker failed at a batch of ${works.length}: ${messageOf(error)}`);
      for (const entry of entries) again(entry, started);
    } finally {
      running--;
      wake();
    }
  }

  /** Alone, the second time: what ends workers must not take its neighbours with it. */
  function again(entry: Entry, started: boolean): void {
    if (started) entry.attempts++;
    if (!entry.settled && entry.attempts < 2) {
      retries.push(entry);
      return;
    }
    entry.work.slot.release();
    if (!entry.settled) observer?.dropped?.('failed');
    settle(
      entry,
      new HTTPException(500, { message: 'the workers that had this request failed, twice; see the log of the server' }),
    );
  }

  return {
    submit(work, onGone) {
      return new Promise((resolve, reject) => {
        const refuse = (message: string) => {
          work.slot.release();
          observer?.dropped?.('busy');
          reject(busy(message));
        };
        if (closing) return refuse('the server is stopping; try again in a moment');
        // One that is larger than the queue may wait in an empty one.
        if (queue.length > 0 && queue.rows + work.rows > maxQueue) {
          const out = queue.toPushOut(work, maxQueue);
          if (!out) return refuse(`the server is busy: ${queue.rows} wait already; try again`);
          for (const one of out) drop(one, busy(`the server is busy: ${pushedOut}; try again`), 'busy');
        }
        const since = performance.now();
        // Every field by itself, as everywhere below that runs for each request: V8 builds what is spread piece by piece.
        const entry: Entry = {
          client: work.client,
          lane: work.lane,
          rows: work.rows,
          work,
          since,
          deadline: since + timeout,
          attempts: 0,
          settled: false,
          resolve,
          reject,
        };
        queue.push(entry);
        unsettled.push(entry);
        observer?.queued?.(queue.rows);
        onGone?.(() => drop(entry, busy('the client has gone'), 'gone'));
        watch();
        wake(since);
      });
    },
    wake: () => wake(),
    get waiting() {
      return queue.rows;
    },
    get running() {
      return running;
    },
    drain() {
      closing = true;
      wake();
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          clearTimeout(clock);
          // Whatever was retried and given up meanwhile.
          for (const entry of retries) entry.work.slot.release();
          retries = [];
          resolve();
        };
        if (unsettled.length === 0) done();
        else drained = done;
      });
    },
  };
}
