import type { ErrorKind } from '../../runtime/common/index.js';
import type { EngineName } from '../../runtime/engines/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';

/** What the thread is started with. */
export interface ExtrasSetup {
  readonly engine: EngineName;
  /** Of ort-cuda: which GPU. */
  readonly device: number | undefined;
  /** Without its bytes. */
  readonly classifier: LoadedModel;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly allowDifferent: boolean;
  readonly maxPixels: number;
  readonly maxImages: number;
}

export const heatMethods = ['cam', 'occlusion'] as const;
export type HeatMethod = (typeof heatMethods)[number];

interface Uploaded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Shared memory, 1 when nobody waits for the answer any more. */
  readonly givenUp: Int32Array<SharedArrayBuffer>;
}

export interface AverageTask extends Uploaded {
  readonly kind: 'average';
  readonly draws: number;
}

export interface HeatTask extends Uploaded {
  readonly kind: 'heat';
  readonly method: HeatMethod;
  /** The class that is asked about; left out: the likeliest. */
  readonly label: string | undefined;
}

export interface Averaged {
  /** float32 `[classes]` of each image. */
  readonly probabilities: readonly Float32Array[];
}

export interface Heat extends Averaged {
  /** The class that it is of. */
  readonly label: string;
  readonly title: string;
  readonly how: string;
  readonly png: Uint8Array<ArrayBuffer>;
}

/** Errors cross as data: a structured clone of an `OnwardError` forgets its kind. */
export type Reply<T> = { readonly done: T } | { readonly kind: ErrorKind; readonly message: string };
