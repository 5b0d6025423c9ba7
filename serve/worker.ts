import { workerData } from 'piscina';
import { OnwardError } from '../runtime/common/index.js';
import { engineByName, openSession, type Session } from '../runtime/engines/index.node.js';
import { decode, encodePng, fit } from '../runtime/image/index.node.js';
import type { Reply, Task, Upload, WorkerSetup } from './task.js';
import { imageOf } from './upload.js';

const { model, engine, threads, allowDifferent } = workerData as WorkerSetup;
let session: Promise<Session> | undefined;

/** Opened at the first task and kept: a worker that replaces a crashed one opens its own. */
const opened = () => {
  session ??= open();
  return session;
};

async function open(): Promise<Session> {
  const options = threads === undefined ? {} : { threads };
  const session = await openSession(engineByName(engine), model, { allowDifferent, ...options });
  // The first image costs ten times the second: let it be none that somebody waits for.
  const blank = encodePng({ width: 64, height: 64, data: new Uint8Array(64 * 64) });
  await session.predict(fit(await decode(blank), model.input), 1);
  return session;
}

async function classify(upload: Upload) {
  const { predict } = await opened();
  const start = performance.now();
  const image = await decode(await imageOf(upload));
  const probabilities = await predict(fit(image, model.input), 1);
  return { probabilities, milliseconds: performance.now() - start };
}

/** Runs in a worker thread of the pool. What is no error for a person is thrown, and becomes a 500. */
export default async function perform({ upload }: Task): Promise<Reply> {
  try {
    const { version, device } = await opened();
    const reply = { ok: true, opened: { version, device } } as const;
    return upload ? { ...reply, prediction: await classify(upload) } : reply;
  } catch (error) {
    if (error instanceof OnwardError) return { ok: false, kind: error.kind, message: error.message };
    throw error;
  }
}
