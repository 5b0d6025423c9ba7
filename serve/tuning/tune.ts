import type { Crew } from '../workers/index.js';
import type { Candidate } from './candidates.js';
import { choose, type Measurement } from './choose.js';

export interface TuneOptions {
  readonly candidates: readonly Candidate[];
  readonly batches: readonly number[];
  /** Milliseconds a measurement takes. */
  readonly milliseconds: number;
  /** Threads that do nothing else; closed afterwards. */
  open(candidate: Candidate): Promise<Crew>;
  /** Whether somebody asks: then no number is worth anything, and requests come first. */
  disturbed(): boolean;
}

/**
 * Measures every candidate with batches of every size, all its workers at once.
 * @returns the one to use; undefined when requests came in between
 */
export async function tune(options: TuneOptions): Promise<Measurement | undefined> {
  const measured: Measurement[] = [];
  for (const candidate of options.candidates) {
    const crew = await options.open(candidate);
    try {
      if (!(await measureInto(measured, candidate, crew, options))) return undefined;
    } finally {
      await crew.close();
    }
  }
  return choose(measured);
}

/** Milliseconds of a batch beyond which no larger one is tried. */
const longest = 500;

async function measureInto(
  measured: Measurement[],
  candidate: Candidate,
  crew: Crew,
  { batches, milliseconds, disturbed }: TuneOptions,
): Promise<boolean> {
  let best = 0;
  for (const batch of batches) {
    if (disturbed()) return false;
    const rates = await Promise.all(crew.threads.map((thread) => thread.measure(batch, milliseconds)));
    if (disturbed()) return false;
    const rate = rates.reduce((sum, one) => sum + one, 0);
    measured.push({ ...candidate, batch, rate });
    // Where larger batches only cost, still larger ones do so too; and nobody wants to wait for a batch so long.
    if (rate < 0.8 * best || (candidate.workers * batch * 1000) / rate > longest) break;
    best = Math.max(best, rate);
  }
  return true;
}
