import { fileURLToPath } from 'node:url';
import { HTTPException } from 'hono/http-exception';
import { Piscina } from 'piscina';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { Upload } from '../upload.js';
import { patientlyEnded } from '../workers/index.js';
import type { Averaged, AverageTask, ExtrasSetup, Heat, HeatMethod, HeatTask, Reply } from './tasks.js';
import { createTurns, type Job } from './turns.js';

/** Who asks, and what that costs them. */
export interface Asking {
  /** Clients take turns and share the places. */
  readonly client: string;
  /** Calls once when nobody waits for the answer any more. */
  readonly onGone?: ((drop: () => void) => void) | undefined;
  /**
   * Counts what it costs, before it begins; is called where there is a place for it.
   * @returns counts it back, where it never began
   * @throws what is answered then
   */
  charge(): () => void;
}

/** What costs many times what a prediction costs: in a thread of its own, so that predictions do not wait for it. */
export interface Extras {
  /**
   * The mean over so many augmented draws of each image, by the augmentations that the model was trained with.
   * @throws OnwardError kind `input` where it was trained without; HTTPException 503 when too many wait, or for too long
   */
  average(upload: Upload, draws: number, asking: Asking): Promise<Averaged>;
  /** What of one image counts for a class. @throws OnwardError for an unknown class, a network without convolutions; as `average` */
  heat(upload: Upload, method: HeatMethod, label: string | undefined, asking: Asking): Promise<Heat>;
  close(): Promise<void>;
}

export interface ExtrasOptions extends ExtrasSetup {
  /** Milliseconds until a request is answered. */
  readonly timeout: number;
  readonly log: (line: string) => void;
}

type Asked = Omit<AverageTask, 'givenUp'> | Omit<HeatTask, 'givenUp'>;

/** Requests that may wait for the thread; milliseconds that it stays when there is none. */
const [mostWaiting, idle] = [8, 60_000];
const busy = () =>
  new HTTPException(503, { message: `as many requests for ?tta= or ?explain= wait as may, ${mostWaiting}` });
/** What runs when it is closed is not ended, however long it takes: ONNX Runtime ends the process when a thread ends amid a prediction. */
const closeTimeout = 2 ** 31 - 1;

/** The thread starts with the first request, and ends when none came for a while. */
export function createExtras({ timeout, log, ...setup }: ExtrasOptions): Extras {
  let pool: Piscina | undefined;
  function start(): Piscina {
    const started = new Piscina({
      filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
      workerData: setup,
      ...{ minThreads: 0, maxThreads: 1, idleTimeout: idle, closeTimeout },
    });
    // Of a thread that nobody waits for: without a listener it would end the server.
    return started.on('error', (error) => log(`the thread for ?tta= and ?explain= failed: ${messageOf(error)}`));
  }

  const turns = createTurns(mostWaiting);
  /** Requests that still wait for an answer. */
  const asked = new Set<Promise<unknown>>();
  let closing = false;
  const stopping = () => new HTTPException(503, { message: 'the server is stopping' });

  function run<T>(task: Asked, asking: Asking): Promise<T> {
    const answer = answered<T>(task, asking).finally(() => asked.delete(answer));
    asked.add(answer);
    return answer;
  }

  async function answered<T>(task: Asked, { client, onGone, charge }: Asking): Promise<T> {
    if (closing) throw stopping();
    if (!turns.hasPlace(client)) throw busy();
    const giveBack = charge();
    const givenUp = new Int32Array(new SharedArrayBuffer(4));
    let clock: NodeJS.Timeout | undefined;
    let job: Job | undefined;
    let begun = false;
    try {
      const reply = await new Promise<Reply<T>>((resolve, reject) => {
        const message = `expected an answer within ${timeout} ms, got none`;
        clock = setTimeout(() => reject(new HTTPException(503, { message })), timeout);
        // Nobody reads what this is answered by.
        onGone?.(() => reject(new HTTPException(503, { message: 'the client has left' })));
        job = {
          ...{ client, lane: '', rows: 1, since: performance.now() },
          async run() {
            begun = true;
            try {
              pool ??= start();
              resolve(await pool.run({ ...task, givenUp }));
            } catch (error) {
              reject(error);
            }
          },
          pushedOut: () => reject(busy()),
        };
        turns.add(job);
      });
      if ('done' in reply) return reply.done;
      throw new OnwardError(reply.kind, reply.message);
    } catch (error) {
      if (error instanceof OnwardError || error instanceof HTTPException) throw error;
      if (closing) throw stopping();
      log(`the thread for ?tta= and ?explain= failed: ${messageOf(error)}`);
      throw new HTTPException(500, { message: 'the server failed at this request; its log says why', cause: error });
    } finally {
      clearTimeout(clock);
      Atomics.store(givenUp, 0, 1);
      if (!begun) {
        if (job) turns.remove(job);
        giveBack();
      }
    }
  }

  return {
    average: (upload, draws, asking) => run({ kind: 'average', ...upload, draws }, asking),
    heat: (upload, method, label, asking) => run({ kind: 'heat', ...upload, method, label }, asking),
    async close() {
      closing = true;
      // Answers who still waits, as every other thread does; what was given up is not begun.
      await Promise.allSettled(asked);
      if (pool) await patientlyEnded(pool, pool.close({ force: true }));
    },
  };
}
