import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { LoadFileOptions } from '../../runtime/model/index.node.js';
// Past the door: a thread that only reads needs nothing else of it.
import { readServable, type Servable } from '../models/servable.js';

// A thread that reads one file and ends.

export interface ReaderTask {
  readonly path: string;
  readonly options: LoadFileOptions;
}

/** Errors cross as data: a structured clone of an `OnwardError` forgets its kind. */
export type ReaderAnswer =
  | { readonly servable: Servable }
  | { readonly kind: OnwardError['kind'] | undefined; readonly message: string };

const { path, options } = workerData as ReaderTask;
const port = parentPort!;

await readServable(path, options).then(
  // The bytes move; what is looked at in them was copied when it was read.
  (servable) => port.postMessage({ servable } satisfies ReaderAnswer, [servable.bytes.buffer]),
  (error: unknown) => {
    const kind = error instanceof OnwardError ? error.kind : undefined;
    port.postMessage({ kind, message: messageOf(error) } satisfies ReaderAnswer);
  },
);
