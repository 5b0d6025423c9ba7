// A real worker that dies in the middle of every twelfth batch: it has begun with it, and has not answered.
import { parentPort } from 'node:worker_threads';
import '#onward/serve/workers/worker.js';

let batches = 0;
parentPort.on('message', ({ type }) => {
  if (type === 'batch' && ++batches === 12) setImmediate(() => process.exit(7));
});
