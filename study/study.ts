import type { Step } from './step.js';

/** What became of a step: done now; kept from before; no such thing for these images; it did not work out; not asked for, or not reached. */
export type StepState = 'done' | 'kept' | 'blank' | 'failed' | 'not run';

export interface StepRow {
  readonly step: Step;
  readonly state: StepState;
  /** Why there is no result: part of a sentence. */
  readonly reason?: string;
  readonly seconds?: number;
  readonly result?: unknown;
}

/** A study, as far as it has come. */
export interface Study {
  readonly out: string;
  readonly dataset: {
    readonly name: string;
    readonly digest: string;
    readonly classes: readonly string[];
    readonly shape: readonly number[];
    /** What there is, and what the scale leaves of it. */
    readonly available: { readonly train: number; readonly val: number; readonly test: number };
    readonly used: { readonly train: number; readonly val: number; readonly test: number };
  };
  readonly scale: number;
  readonly seed: number;
  readonly backend: string;
  readonly engine: string;
  /** Sentences that a reader of the numbers should know. */
  readonly notes: readonly string[];
  /** In the study's order. */
  readonly rows: readonly StepRow[];
  /** Stopped by its signal: the same call goes on. */
  readonly interrupted: boolean;
}

/** Whether a step has a result. */
export const isThere = ({ state }: StepRow): boolean => state === 'done' || state === 'kept';

/** What a step gave, where it was done. */
export function resultIn<R>({ rows }: Pick<Study, 'rows'>, step: Step<R>): R | undefined {
  const row = rows.find((one) => one.step === step);
  return row && isThere(row) ? (row.result as R) : undefined;
}

/** Why a step has no result. */
export function reasonIn({ rows }: Pick<Study, 'rows'>, step: Step): string | undefined {
  const row = rows.find((one) => one.step === step);
  if (!row) return 'not run';
  return isThere(row) ? undefined : (row.reason ?? row.state);
}
