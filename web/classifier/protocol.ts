import type { Availability } from '../../runtime/common/index.js';
import type { EngineName, SelfTest } from '../../runtime/engines/index.js';
import type { InputSpec } from '../../runtime/model/index.js';

/** What the page asks of the worker, and what it gets; every call is one message there and one back. */
export interface Calls {
  /** Fetches and checks the model; its progress comes as separate messages. */
  load: { ask: { readonly url: string }; answer: ModelFacts };
  probe: { ask: Record<never, never>; answer: readonly EngineFacts[] };
  /** Loads the model in an engine in place of the one before. */
  open: { ask: { readonly engine: EngineName }; answer: SessionFacts };
  classify: { ask: { readonly bytes: Uint8Array<ArrayBuffer> }; answer: Classified };
}
export type CallName = keyof Calls;

export interface ModelFacts {
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly title: string | undefined;
  readonly digest: string | undefined;
  readonly parameters: number | undefined;
  readonly bytes: number;
  readonly guesses: readonly string[];
  /** Real images of the model's own size that it carries, one PNG each, at most one a class. */
  readonly examples: readonly Uint8Array<ArrayBuffer>[];
}

export interface EngineFacts {
  readonly name: EngineName;
  readonly availability: Availability;
  /** A GPU that software plays. */
  readonly slow: boolean;
}

export interface SessionFacts {
  readonly engine: EngineName;
  readonly version: string;
  readonly device: string;
  readonly selfTest: SelfTest | undefined;
}

export interface Classified {
  readonly engine: EngineName;
  /** float32 `[classes]` */
  readonly probabilities: Float32Array;
  /** What the model got: uint8, rows of pixels, channels last. */
  readonly fitted: Uint8Array;
  /** Decoding, fitting and inference. */
  readonly milliseconds: number;
}

export interface Progress {
  readonly received: number;
  /** Undefined where the server does not say. */
  readonly total: number | undefined;
}

export interface Ask<N extends CallName = CallName> {
  readonly id: number;
  readonly name: N;
  readonly ask: Calls[N]['ask'];
}

export type FromWorker =
  | { readonly progress: Progress }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };
