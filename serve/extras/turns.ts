import { createFairQueue, type Queued } from '../batching/index.js';

/** What runs alone. */
export interface Job extends Queued {
  /** Resolves, whatever becomes of it, when the next may begin. */
  run(): Promise<void>;
  /** It had to leave its place to a client that has fewer. */
  pushedOut(): void;
}

/** Jobs one at a time. Those that wait have places, which clients share, and clients take turns. */
export interface Turns {
  /** Whether there is a place for one more of this client. */
  hasPlace(client: string): boolean;
  /** Begins it, or gives it a place, for which that of another may go. Only where there is one. */
  add(job: Job): void;
  /** Takes it out. @returns false where it has begun, or was pushed out */
  remove(job: Job): boolean;
}

/** @param most places */
export function createTurns(most: number): Turns {
  const queue = createFairQueue<Job>();
  /** In the order in which they came. */
  const waiting: Job[] = [];
  let running = false;

  const placesOf = (client: string) => waiting.filter((job) => job.client === client).length;

  /** The latest of the client that has the most places, where it has as many without that one as this client has with it. */
  function toPushOut(client: string): Job | undefined {
    let largest: Job | undefined;
    for (const job of waiting) if (!largest || placesOf(job.client) >= placesOf(largest.client)) largest = job;
    return largest && placesOf(largest.client) > placesOf(client) + 1 ? largest : undefined;
  }

  function remove(job: Job): boolean {
    if (!queue.remove(job)) return false;
    waiting.splice(waiting.indexOf(job), 1);
    return true;
  }

  function begin(job: Job): void {
    running = true;
    void job.run().then(() => {
      running = false;
      const [next] = queue.take(() => 1);
      if (!next) return;
      waiting.splice(waiting.indexOf(next), 1);
      begin(next);
    });
  }

  return {
    hasPlace: (client) => !running || queue.length < most || toPushOut(client) !== undefined,
    add(job) {
      if (!running) return begin(job);
      const out = queue.length < most ? undefined : toPushOut(job.client);
      if (out) {
        remove(out);
        out.pushedOut();
      }
      queue.push(job);
      waiting.push(job);
    },
    remove,
  };
}
