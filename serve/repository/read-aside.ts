import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadFileOptions } from '../../runtime/model/index.node.js';
import type { Servable } from '../models/index.js';
import type { ReaderAnswer, ReaderTask } from './reader.js';

const file = fileURLToPath(new URL('./reader.js', import.meta.url));

/**
 * `readServable` in a thread of its own: parsing and checking some ten megabytes would keep every request waiting.
 * @throws as that does; OnwardError kind `system` when the thread ends before
 */
export function readAside(path: string, options: LoadFileOptions): Promise<Servable> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: { path, options } satisfies ReaderTask });
    worker.once('message', (answer: ReaderAnswer) => {
      if ('servable' in answer) resolve(answer.servable);
      else reject(answer.kind ? new OnwardError(answer.kind, answer.message) : new Error(answer.message));
    });
    const failed = (cause: unknown) =>
      reject(new OnwardError('system', `${path}: the thread that reads it ended`, { cause }));
    worker.once('error', failed);
    worker.once('exit', failed);
  });
}
