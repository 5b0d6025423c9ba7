import { messageOf } from '../../runtime/common/index.js';
import type { Thread } from './thread.js';

export interface CrewOptions {
  readonly size: number;
  start(): Promise<Thread>;
  /** A thread is there that has nothing to do, or none is left. */
  onChange(): void;
  /** Gets one line for each thread that ended and was not asked to. */
  log(line: string): void;
}

/** Some threads that do the same. One that ends is replaced. */
export interface Crew {
  readonly first: Thread;
  readonly threads: readonly Thread[];
  /** Threads that are open now. */
  readonly alive: number;
  /** A thread that was given so much and has not answered: 0 for one that has nothing to do. */
  withPending(count: number): Thread | undefined;
  /** Each after what it does now. */
  close(): Promise<void>;
}

/** Between two attempts to start a thread that does not; doubles up to the last. */
const pauses = { first: 500, last: 30_000 };

/** @throws OnwardError when the first threads do not start */
export async function createCrew({ size, start, onChange, log }: CrewOptions): Promise<Crew> {
  const threads: Thread[] = [];
  let closing = false;
  let timers: NodeJS.Timeout[] = [];
  const replacements = new Set<Promise<void>>();

  function add(thread: Thread): void {
    threads.push(thread);
    void thread.ended.then(() => {
      threads.splice(threads.indexOf(thread), 1);
      if (closing) return;
      log('a worker thread ended and is replaced');
      follow(replace(pauses.first));
      onChange();
    });
  }

  async function replace(pause: number): Promise<void> {
    if (closing) return;
    try {
      const thread = await start();
      add(thread);
      onChange();
      if (closing) await thread.close();
    } catch (error) {
      log(`a worker thread cannot be replaced, trying again in ${pause / 1000} s: ${messageOf(error)}`);
      if (closing) return;
      const next = () => follow(replace(Math.min(pauses.last, pause * 2)));
      timers = [...timers.slice(-size), setTimeout(next, pause)];
    }
  }

  function follow(work: Promise<void>): void {
    replacements.add(work);
    void work.finally(() => replacements.delete(work));
  }

  const starts = await Promise.allSettled(Array.from({ length: size }, start));
  for (const one of starts) if (one.status === 'fulfilled') add(one.value);

  const crew: Crew = {
    first: threads[0]!,
    threads,
    get alive() {
      return threads.length;
    },
    withPending: (count) => threads.find(({ pending }) => pending === count),
    async close() {
      closing = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(replacements);
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
  const refused = starts.find((one) => one.status === 'rejected');
  if (refused) {
    await crew.close();
    throw refused.reason;
  }
  return crew;
}
