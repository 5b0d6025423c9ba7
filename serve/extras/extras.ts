import { fileURLToPath } from 'node:url';
import { HTTPException } from 'hono/http-exception';
import { Piscina } from 'piscina';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { Upload } from '../upload.js';
import type { Averaged, AverageTask, ExtrasSetup, Heat, HeatMethod, HeatTask, Reply } from './tasks.js';

/** What costs many times what a prediction costs: in a thread of its own, so that predictions do not wait for it. */
export interface Extras {
  /**
   * The mean over so many augmented draws of each image, by the augmentations that the model was trained with.
   * @throws OnwardError kind `input` where it was trained without; HTTPException 503 when too many wait, or for too long
   */
  average(upload: Upload, draws: number): Promise<Averaged>;
  /** What of one image counts for a class. @throws OnwardError for an unknown class, a network without convolutions; as `average` */
  heat(upload: Upload, method: HeatMethod, label: string | undefined): Promise<Heat>;
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
/** What runs when it is closed is waited for, however long: ONNX Runtime ends the process when a thread ends amid a prediction. */
const closeTimeout = 2 ** 31 - 1;

/** The thread starts with the first request, and ends when none came for a while. */
export function createExtras({ timeout, log, ...setup }: ExtrasOptions): Extras {
  let pool: Piscina | undefined;
  function start(): Piscina {
    const started = new Piscina({
      filename: fileURLToPath(new URL('./worker.js', import.meta.url)),
      workerData: setup,
      ...{ minThreads: 0, maxThreads: 1, maxQueue: mostWaiting, idleTimeout: idle, closeTimeout },
    });
    // Of a thread that nobody waits for: without a listener it would end the server.
    return started.on('error', (error) => log(`the thread for ?tta= and ?explain= failed: ${messageOf(error)}`));
  }

  /** Requests that still wait for an answer. */
  const asked = new Set<Promise<unknown>>();
  let closing = false;
  const stopping = () => new HTTPException(503, { message: 'the server is stopping' });

  function run<T>(task: Asked): Promise<T> {
    const answer = answered<T>(task).finally(() => asked.delete(answer));
    asked.add(answer);
    return answer;
  }

  async function answered<T>(task: Asked): Promise<T> {
    if (closing) throw stopping();
    pool ??= start();
    if (pool.queueSize >= mostWaiting) {
      throw new HTTPException(503, { message: `${mostWaiting} requests for ?tta= or ?explain= wait already` });
    }
    const givenUp = new Int32Array(new SharedArrayBuffer(4));
    let clock: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new HTTPException(503, { message: `expected an answer within ${timeout} ms, got none` });
      clock = setTimeout(() => reject(error), timeout);
    });
    try {
      const reply = (await Promise.race([pool.run({ ...task, givenUp }), late])) as Reply<T>;
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
    }
  }

  return {
    average: (upload, draws) => run({ kind: 'average', ...upload, draws }),
    heat: (upload, method, label) => run({ kind: 'heat', ...upload, method, label }),
    async close() {
      closing = true;
      // Answers who still waits, as every other thread does; what was given up is not begun.
      await Promise.allSettled(asked);
      await pool?.close({ force: true });
    },
  };
}
