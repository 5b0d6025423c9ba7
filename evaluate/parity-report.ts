import type { EngineName } from '../runtime/engines/index.node.js';

/**
 * - `reference`: the others are compared with it
 * - `agrees` / `differs`: within its tolerance, and the same top class on all but near-ties, or not
 * - `absent`: not on this machine
 * - `failed`: there, but it could not run the model
 */
export type Verdict = 'reference' | 'agrees' | 'differs' | 'absent' | 'failed';

/** One row of the parity table. */
export interface EngineReport {
  readonly engine: EngineName;
  readonly version: string | null;
  readonly device: string | null;
  readonly images: number;
  /** Infinity, which JSON writes as null, where the engine gave something that is not a number; null where it did not run. */
  readonly maxAbsDiff: number | null;
  readonly meanAbsDiff: number | null;
  /** 0..1 */
  readonly top1Agreement: number | null;
  readonly nearTies: number | null;
  readonly imagesPerSecond: number | null;
  readonly tolerance: number;
  readonly verdict: Verdict;
  /** Why it is absent, failed or differs. */
  readonly reason: string | null;
}

export interface ParityReport {
  readonly model: string;
  readonly digest: string | null;
  /** Whose probabilities the others were compared with: an engine, or the golden samples in the file. */
  readonly reference: EngineName | 'golden samples';
  /** Why that is not the engine which trained; null where it is, and for the golden samples, which it computed. */
  readonly standIn: string | null;
  /** What was predicted, for a person. */
  readonly images: string;
  /** What the differences are of: probabilities, or, of neighbours, distances in units of the usual one to the k-th. */
  readonly compared: 'probabilities' | 'distances';
  readonly engines: readonly EngineReport[];
  /** No engine differs or failed, and none that was asked for by name is absent. */
  readonly passed: boolean;
}
