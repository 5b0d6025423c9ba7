// Stands in for a worker thread: ends itself, fails or takes its time, as a value in each request's input says. It gives back
// what it got, and with it the size of the batch and how often its thread was asked.
import { parentPort, workerData } from 'node:worker_threads';

const tensor = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
parentPort.postMessage({
  type: 'opened',
  opened: {
    version: '0',
    device: `device ${workerData?.device}`,
    batched: true,
    inputs: [tensor],
    outputs: [{ ...tensor, name: 'y', shape: [-1, 4] }],
  },
});

const memory = new Map();
let asked = 0;

let before = Promise.resolve();
parentPort.on('message', (message) => {
  before = before.then(() => act(message));
});

async function act({ type, batch, fresh }) {
  if (type === 'close') return parentPort.close();
  for (const [id, buffer] of fresh) memory.set(id, buffer);
  asked++;
  const rows = batch.jobs.map((job) => job.rows);
  const total = rows.reduce((a, b) => a + b, 0);
  const values = batch.jobs.flatMap(({ slot, rows, inputs }) => [
    ...new Float32Array(memory.get(slot), inputs[0].offset, rows * 2),
  ]);
  const [orders, marks] = [values.filter((_, i) => i % 2 === 0), values.filter((_, i) => i % 2 === 1)];
  if (orders.includes(1)) process.exit(3);
  if (orders.includes(2)) throw new Error('a secret of the inside');
  const sleep = Math.max(...orders.filter((order) => order >= 10), 0);
  if (sleep > 0) await new Promise((resolve) => setTimeout(resolve, sleep));
  const data = Float32Array.from(orders.flatMap((order, i) => [order, marks[i], total, asked]));
  const output = { name: 'y', datatype: 'FP32', shape: [total, 4], data: new Uint8Array(data.buffer) };
  parentPort.postMessage({
    type: 'done',
    reply: {
      parts: [{ jobs: batch.jobs.map((_, i) => i), rows, outputs: [output] }],
      failed: [],
      times: { decode: 0, batch: 0, run: sleep },
    },
  });
}
