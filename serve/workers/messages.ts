import type { ErrorKind } from '../../runtime/common/index.js';
import type { EngineName } from '../../runtime/engines/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { DataTypeName, Tensor, TensorSpec } from '../tensors/index.js';

/** What every worker thread is started with. */
export interface WorkerSetup {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is known of it as a classifier; undefined where only tensors go in and out. Without the bytes. */
  readonly classifier: LoadedModel | undefined;
  readonly engine: EngineName;
  readonly threads: number | undefined;
  /** Of ort-cuda: which GPU; undefined: the first. */
  readonly device: number | undefined;
  readonly allowDifferent: boolean;
  readonly maxPixels: number | undefined;
  /** Images in one form. */
  readonly maxImages: number;
  /** Images that are run at once, at most. */
  readonly maxBatch: number;
}

/** What a thread says once its session is open. */
export interface Opened {
  readonly version: string;
  readonly device: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batched: boolean;
}

/** One image or a form with images, in shared memory. */
export interface ImageJob {
  readonly slot: number;
  readonly length: number;
  readonly contentType: string;
}

/** Where an input of a tensor request lies: in its slot, or, being strings, in the message. */
export interface TensorJob {
  readonly slot: number;
  readonly rows: number;
  /** One an input, in the order of the batch's inputs. */
  readonly inputs: readonly ({ readonly offset: number; readonly bytes: number } | readonly string[])[];
}

/** One input of all requests of a batch: they have the same shape but for their rows. */
export interface BatchInput {
  readonly name: string;
  readonly datatype: DataTypeName;
  /** Without the batch; of a model that takes no batches the whole shape. */
  readonly shape: readonly number[];
}

export type Batch =
  | { readonly kind: 'images'; readonly jobs: readonly ImageJob[] }
  | {
      readonly kind: 'tensors';
      /** False where the model takes what one request says and nothing else. */
      readonly batched: boolean;
      readonly inputs: readonly BatchInput[];
      readonly outputs: readonly string[];
      readonly jobs: readonly TensorJob[];
    };

export type ToWorker =
  | {
      readonly type: 'batch';
      readonly batch: Batch;
      /** By `Date.now()`: nobody waits for it any longer. */
      readonly until: number;
      /** Buffers that this thread has not seen; those with a negative number are forgotten after the batch. */
      readonly fresh: readonly (readonly [number, SharedArrayBuffer])[];
    }
  | { readonly type: 'measure'; readonly rows: number; readonly milliseconds: number }
  | { readonly type: 'close' };

/** Milliseconds. */
export interface Times {
  readonly decode: number;
  /** Gathering the batch. */
  readonly batch: number;
  readonly run: number;
}

/** Results of some jobs of a batch, one after another along the first dimension. */
export interface Part {
  /** Which jobs of the batch, and how many rows each has; a form has as many as images. */
  readonly jobs: readonly number[];
  readonly rows: readonly number[];
  readonly outputs: readonly Tensor[];
}

export interface Failed {
  readonly job: number;
  readonly kind: ErrorKind;
  readonly message: string;
}

export interface BatchReply {
  readonly parts: readonly Part[];
  readonly failed: readonly Failed[];
  readonly times: Times;
}

/** Errors cross as data: a structured clone of an `OnwardError` forgets its kind. */
export type FromWorker =
  | { readonly type: 'opened'; readonly opened: Opened }
  | { readonly type: 'refused'; readonly kind: ErrorKind | undefined; readonly message: string }
  | { readonly type: 'done'; readonly reply: BatchReply }
  /** Runs done in so many milliseconds. */
  | { readonly type: 'measured'; readonly runs: number; readonly milliseconds: number };
