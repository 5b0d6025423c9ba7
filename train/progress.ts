import type { EpochRow } from './run-folder.js';
import type { Summary } from './summary.js';

/** What a training says of itself while it runs. */
export type TrainProgress =
  | {
      readonly kind: 'start';
      readonly summary: Summary;
      readonly epochs: number;
      readonly steps: number;
      /** The run whose weights it begins with: the layers that took theirs from there, and those that begin afresh. */
      readonly from?: { readonly path: string; readonly taken: readonly string[]; readonly fresh: readonly string[] };
    }
  /** It goes on after so many steps of an epoch. */
  | {
      readonly kind: 'resumed';
      readonly path: string;
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
    }
  /** The same was trained already: nothing is. */
  | { readonly kind: 'loaded'; readonly path: string }
  /** The same was begun in this folder, and interrupted; `resume` would have gone on there. */
  | { readonly kind: 'unfinished'; readonly path: string }
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
  /** Why TensorFlow does not run each step as one operation, where that was tried: the training takes longer so. */
  | { readonly kind: 'single-operations'; readonly reason: string }
  /** From this epoch on more layers train. */
  | {
      readonly kind: 'stage';
      readonly epoch: number;
      readonly name: string;
      /** How many. */
      readonly layers: number;
      /** Their learning rate as a share of the head's. */
      readonly rate: number;
    }
  | { readonly kind: 'epoch'; readonly epochs: number; readonly row: EpochRow; readonly best: boolean };
