import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { EngineName } from '../../runtime/engines/index.js';
import {
  batchSizes,
  type Candidate,
  candidatesFor,
  type Measurement,
  readTuned,
  tune,
  tunedFile,
  whenIdle,
  writeTuned,
} from '../tuning/index.js';
import type { Crew } from '../workers/index.js';
import { type Running, type RunningOptions, usesCores } from './running.js';
import type { Servable } from './servable.js';

export interface MeasureOptions {
  open(candidate: Candidate): Promise<Crew>;
  /** Grows with every request. */
  asked(): number;
  readonly signal: AbortSignal;
  /** Is told that what was found is used, but could not be kept. */
  unkept(error: unknown): void;
}

/** What was measured for a model before, and how to measure it. */
export interface Tuning {
  readonly known: Partial<Running> | undefined;
  /** In the first idle seconds; keeps what it finds for the next start. Undefined when the signal came first. */
  measure(options: MeasureOptions): Promise<Partial<Running> | undefined>;
}

/** Quiet before measuring begins, and how long one measurement takes, in milliseconds. */
const [quiet, each] = [1000, 60];
/** A batch of larger inputs would only fill the memory. */
const maxBatchBytes = 64 * 1024 * 1024;

const runningFrom = ({ workers, threads, batch }: Measurement): Partial<Running> => ({
  workers,
  threads,
  maxBatch: batch,
});

export async function tuningOf(
  { classifier, bytes }: Servable,
  engine: EngineName,
  { workers, threads, maxBatch, devices }: RunningOptions & { readonly devices?: readonly number[] | undefined },
): Promise<Tuning> {
  const sha256 = classifier?.digest ?? createHash('sha256').update(bytes).digest('hex');
  const file = tunedFile({ sha256, engine, fixed: { workers, threads, maxBatch, devices } });
  const known = await readTuned(file);
  const { width, height, channels } = classifier?.input ?? { width: 1, height: 1, channels: 1 };
  const most = Math.max(1, Math.floor(maxBatchBytes / (width * height * channels)));
  const batches = maxBatch === undefined ? batchSizes(most) : [maxBatch];
  const candidates = usesCores(engine)
    ? candidatesFor(availableParallelism(), { workers, threads })
    : [{ workers: workers ?? devices?.length ?? 1, threads }];

  return {
    known: known && runningFrom(known),
    async measure({ open, asked, signal, unkept }) {
      while (await whenIdle(asked, quiet, signal)) {
        const before = asked();
        const disturbed = () => signal.aborted || asked() !== before;
        const found = await tune({ candidates, batches, milliseconds: each, open, disturbed });
        if (!found) continue;
        await writeTuned(file, found).catch(unkept);
        return runningFrom(found);
      }
      return undefined;
    },
  };
}
