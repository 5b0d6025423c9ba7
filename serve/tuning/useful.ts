import type { Candidate } from './candidates.js';

/** Rows a second of all workers of a candidate together, with batches of one size. */
export interface Measurement extends Candidate {
  readonly batch: number;
  readonly rate: number;
}

/** Rows a second: several times what one event loop reads, so that more of them are worth nothing. */
const plenty = 20_000;

/**
 * Milliseconds that a batch costs beside its run, for messages and waking threads. From batches of 1 to 16 the processor
 * time of a request went from 0.16 to 0.09 ms (two cores, a net of 0.05 ms an image); the rest is the wait for a core, set so
 * that the choice is the batch that then served most requests: 12,300 a second by 2, 14,300 by 4, 18,600 by 8, 18,100 by 16.
 */
const handing = 0.2;

/**
 * Milliseconds of the event loop for a request: 0.06 to 0.1 at 10,000 a second, 0.25 to 0.3 beside a net of 4 ms an image, which
 * leaves it nothing in the caches.
 */
const reading = (run: number) => (run > 1 ? 0.3 : 0.1);

export const coresOf = ({ workers, threads = 1 }: Candidate): number => workers * threads;

/**
 * Rows a second that requests get of what was measured with nobody asking. Where every core has a thread of a session, the
 * event loop takes its core from one of them, and those of the same session wait for it.
 * @param cores that the candidates share
 */
export function useful({ workers, threads, batch, rate }: Measurement, cores: number): number {
  const run = 1000 / rate;
  const waits = threads === undefined || workers * threads < cores ? 0 : reading(run) / workers;
  return Math.min(1000 / (run + handing / batch + waits), plenty);
}
