import type { Availability } from '../common/index.js';
import type { LoadedModel } from '../model/index.js';
import type { EngineName, Session } from './engine.js';
import type { Failure } from './failure.js';

/** What Node asks of the page that it drives; images and models are fetched from Node, probabilities posted to it. */
export type PageTask =
  | { readonly verb: 'probe'; readonly engine: EngineName }
  | {
      readonly verb: 'open';
      readonly engine: EngineName;
      readonly model: Omit<LoadedModel, 'bytes'>;
      /** Where the model's bytes are. */
      readonly address: string;
      readonly threads: number | undefined;
    }
  /** The address is where the images are, and where the probabilities go. */
  | { readonly verb: 'predict'; readonly session: number; readonly address: string; readonly count: number }
  | { readonly verb: 'close'; readonly session: number };

/** What the page answers each of them. */
export interface PageValues {
  probe: { readonly availability: Availability; readonly slow: boolean };
  open: Pick<Session, 'version' | 'device'> & { readonly session: number; readonly slow: boolean };
  predict: undefined;
  close: undefined;
}

export interface PageAnswer {
  readonly value?: unknown;
  readonly failure?: Failure;
}
