import type { EpochRow } from './run-folder.js';
import type { Summary } from './summary.js';

/** What a training says of itself while it runs. */
export type TrainProgress =
  | { readonly kind: 'start'; readonly summary: Summary; readonly epochs: number; readonly steps: number }
  | {
      readonly kind: 'step';
      readonly epoch: number;
      readonly epochs: number;
      readonly step: number;
      readonly steps: number;
      /** Mean of the epoch so far. */
      readonly loss: number;
      readonly accuracy: number;
      readonly imagesPerSecond: number;
      /** To the end of the whole training. */
      readonly secondsLeft: number;
    }
  | { readonly kind: 'epoch'; readonly epochs: number; readonly row: EpochRow; readonly best: boolean };
