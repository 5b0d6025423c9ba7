import { messageOf } from '../../runtime/common/index.js';
import type { Thread } from './thread.js';

export interface CrewOptions {
  readonly size: number;
  /** @param place which of them, from 0: one that replaces another gets its place */
  start(place: number): Promise<Thread>;
  /** Milliseconds; a thread that is longer than that at one batch hangs. */
  readonly hangTimeout: number;
  /** A thread is there that has nothing to do, one ended, or one hangs or does no longer. */
  onChange(): void;
  /** Gets one line for each thread that ended and was not asked to, and for each that hangs. */
  log(line: string): void;
}

/** Some threads that do the same. One that ends is replaced. */
export interface Crew {
  readonly first: Thread;
  readonly threads: readonly Thread[];
  /** Threads that are open now and do not hang. */
  readonly alive: number;
  readonly hanging: number;
  /** A thread with nothing to do. */
  idle(): Thread | undefined;
  /** One that will have answered what it was given within so many milliseconds, where it takes no longer than so. */
  atWork(milliseconds: number): Thread | undefined;
  /** Each after what it does now. */
  close(): Promise<void>;
}

/** Between two attempts to start a thread that does not; doubles up to the last. */
const pauses = { first: 500, last: 30_000 };

/** @throws OnwardError when the first threads do not start */
export async function createCrew({ size, start, hangTimeout, onChange, log }: CrewOptions): Promise<Crew> {
  const threads: Thread[] = [];
  let closing = false;
  let timers: NodeJS.Timeout[] = [];
  const replacements = new Set<Promise<void>>();
  const stuck = new Set<Thread>();

  const look = setInterval(
    () => {
      for (const thread of threads) {
        const hangs = thread.busy > hangTimeout;
        if (hangs === stuck.has(thread)) continue;
        if (hangs) stuck.add(thread);
        else stuck.delete(thread);
        const seconds = hangTimeout / 1000;
        log(
          hangs
            ? `a worker thread hangs: it has been at one batch for more than ${seconds} s`
            : 'a worker thread that hung goes on',
        );
        onChange();
      }
    },
    Math.min(1000, hangTimeout / 4),
  ).unref();

  function add(thread: Thread, place: number): void {
    threads.push(thread);
    void thread.ended.then(() => {
      threads.splice(threads.indexOf(thread), 1);
      stuck.delete(thread);
      if (closing) return;
      log('a worker thread ended and is replaced');
      follow(replace(place, pauses.first));
      onChange();
    });
  }

  async function replace(place: number, pause: number): Promise<void> {
    if (closing) return;
    try {
      const thread = await start(place);
      add(thread, place);
      onChange();
      if (closing) await thread.close();
    } catch (error) {
      log(`a worker thread cannot be replaced, trying again in ${pause / 1000} s: ${messageOf(error)}`);
      if (closing) return;
      const next = () => follow(replace(place, Math.min(pauses.last, pause * 2)));
      timers = [...timers.slice(-size), setTimeout(next, pause)];
    }
  }

  function follow(work: Promise<void>): void {
    replacements.add(work);
    void work.finally(() => replacements.delete(work));
  }

  const starts = await Promise.allSettled(Array.from({ length: size }, (_, place) => start(place)));
  for (const [place, one] of starts.entries()) if (one.status === 'fulfilled') add(one.value, place);

  const crew: Crew = {
    first: threads[0]!,
    threads,
    get alive() {
      return threads.length - stuck.size;
    },
    get hanging() {
      return stuck.size;
    },
    idle: () => threads.find(({ pending }) => pending === 0),
    atWork: (milliseconds) => threads.find(({ pending, busy }) => pending === 1 && busy < milliseconds),
    async close() {
      closing = true;
      clearInterval(look);
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
