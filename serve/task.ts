import type { ErrorKind } from '../runtime/common/index.js';
import type { EngineName } from '../runtime/engines/index.js';
import type { LoadedModel } from '../runtime/model/index.js';
import type { Prediction } from './answer.js';

/** What every worker is started with. */
export interface WorkerSetup {
  readonly model: LoadedModel;
  readonly engine: EngineName;
  readonly threads: number | undefined;
  readonly allowDifferent: boolean;
}

/** A request's body as it came, and how it says that it is encoded. */
export interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** What a worker can be asked to do: no upload, and it only opens its session. */
export interface Task {
  readonly upload?: Upload;
}

export interface Opened {
  readonly version: string;
  readonly device: string;
}

/** Errors cross as data: a structured clone of an `OnwardError` forgets its kind. */
export type Reply =
  | { readonly ok: true; readonly opened: Opened; readonly prediction?: Prediction }
  | { readonly ok: false; readonly kind: ErrorKind; readonly message: string };
