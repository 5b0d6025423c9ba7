import type { Split } from '../data/index.js';
import type { Engine } from '../runtime/engines/index.node.js';
import type { RunInfo } from '../runtime/model/index.js';
import type { ChosenBackend, Recipe, TrainProgress } from '../train/index.js';
import type { Step } from './step.js';

/** What every step works with. */
export interface StudyContext {
  /** The study's folder. */
  readonly out: string;
  /** Share of the images and of the epochs, above 0, at most 1. */
  readonly scale: number;
  readonly seed: number;
  /** Draws an image of the test-time augmentation. */
  readonly draws: number;
  /** 32x32, by the scale. */
  readonly parts: Split;
  /** The same images with so many channels: gray ones have their channel three times. */
  partsOf(channels: 1 | 3 | undefined): Split;
  /** How the parts were cut, for run.json. */
  readonly cut: RunInfo['split'];
  readonly backend: ChosenBackend;
  readonly engine: Engine;
  /** A recipe of the study, by its name. */
  recipe(name: string): Recipe;
  /** Of a step that this one needs. */
  resultOf<R>(step: Step<R>): R;
  readonly signal: AbortSignal | undefined;
  onProgress(what: string, done: number, total: number): void;
  onTraining(progress: TrainProgress): void;
}
