import type { Dataset } from '../../data/index.js';
import type { EngineName, SelfTest } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Metrics, Scored } from '../metrics/index.js';
import type { Paired } from '../statistics/index.js';
import type { Part } from './part.js';

/** What averaging over augmented images brings. */
export interface TtaResult {
  readonly draws: number;
  readonly seed: number;
  /** Name and settings of each augmentation. */
  readonly augmentations: readonly { readonly name: string; readonly settings: object }[];
  readonly metrics: Metrics;
  /** Accuracy with it less that without, on the same images; `p` of McNemar's test. */
  readonly gain: Paired & { readonly p: number };
}

/** A model on a dataset: all that a report is made of. */
export interface Evaluation {
  readonly model: LoadedModel;
  /** As the model takes them. */
  readonly dataset: Dataset;
  readonly part: Pick<Part, 'name' | 'how' | 'unseen'>;
  readonly engine: {
    readonly name: EngineName;
    readonly version: string;
    readonly device: string;
    readonly selfTest: SelfTest | undefined;
  };
  readonly scored: Scored;
  readonly metrics: Metrics;
  readonly tta: TtaResult | undefined;
  readonly speed: { readonly seconds: number; readonly imagesPerSecond: number; readonly batch: number };
  /** Sentences that a reader of the numbers should know. */
  readonly notes: readonly string[];
}
