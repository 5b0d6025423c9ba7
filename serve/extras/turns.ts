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
  let running = false;

  function begin(job: Job): void {
    running = true;
    void job.run().then(() => {
      running = false;
      const [next] = queue.take(() => 1);
      if (next) begin(next);
    });
  }

  return {
    hasPlace: (client) => !running || queue.toPushOut({ client, rows: 1 }, most) !== undefined,
    add(job) {
      if (!running) return begin(job);
      for (const out of queue.toPushOut(job, most) ?? []) {
        queue.remove(out);
        out.pushedOut();
      }
      queue.push(job);
    },
    remove: queue.remove,
  };
}
