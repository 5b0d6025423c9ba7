import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.js';
import { openOrtRunner } from './ort-runner.js';
import { createPerformer } from './perform.js';
import { openSessionRunner } from './session-runner.js';

// A worker thread: one session, one batch at a time. The session blocks the thread while it runs, never the event loop.

const setup = workerData as WorkerSetup;
const port = parentPort!;
const say = (message: FromWorker) => port.postMessage(message);

/** Runs of one measurement: a single one says more of what else the machine did meanwhile. */
const fewest = 3;

/** Buffers that are used again, by number. */
const known = new Map<number, Uint8Array>();

async function open() {
  const { bytes, engine, maxPixels, maxImages, maxBatch } = setup;
  const classifier = setup.classifier && { ...setup.classifier, bytes };
  const runner =
    engine === 'ort-cpu' ? await openOrtRunner({ ...setup, classifier }) : await openSessionRunner(classifier!, setup);
  const performer = createPerformer({ runner, classifier, maxPixels, maxImages, maxBatch });
  // The first run costs ten times the second: let it be none that somebody waits for. Values of its own kind may be
  // what a model cannot do with zeros: that is not the moment to say so.
  await performer.blank(1).catch(() => {});
  return { runner, ...performer };
}

const opening = open();
opening.then(
  ({ runner: { version, device, inputs, outputs, batched } }) =>
    say({ type: 'opened', opened: { version, device, inputs, outputs, batched } }),
  (error: unknown) => {
    say({
      type: 'refused',
      kind: error instanceof OnwardError ? error.kind : undefined,
      message: messageOf(error),
    });
    port.close();
  },
);

// What comes while a batch is done waits for it, also where that waits for something else (an image that is decoded).
let before: Promise<void> = Promise.resolve();
port.on('message', (message: ToWorker) => {
  before = before.then(() => act(message));
});

async function act(message: ToWorker): Promise<void> {
  const { runner, perform, blank } = await opening;
  if (message.type === 'batch') {
    for (const [id, buffer] of message.fresh) known.set(id, new Uint8Array(buffer));
    say({ type: 'done', reply: await perform(message.batch, (slot) => known.get(slot)!, message.until) });
    for (const [id] of message.fresh) if (id < 0) known.delete(id);
  } else if (message.type === 'measure') {
    // ONNX Runtime gets its memory for a size that is new.
    await blank(message.rows);
    const start = performance.now();
    let runs = 0;
    for (; runs < fewest || performance.now() - start < message.milliseconds; runs++) await blank(message.rows);
    say({ type: 'measured', runs, milliseconds: performance.now() - start });
  } else {
    await runner.close();
    port.close();
  }
}
