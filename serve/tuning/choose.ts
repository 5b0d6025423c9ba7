import type { Candidate } from './candidates.js';

/** Rows a second of all workers of a candidate together, with batches of one size. */
export interface Measurement extends Candidate {
  readonly batch: number;
  readonly rate: number;
}

/** Milliseconds until a batch is done, with every worker busy. */
const latency = ({ workers, batch, rate }: Measurement) => (workers * batch * 1000) / rate;

/**
 * Within these shares of the best, other things count more than the last per cent of throughput: of the workers and threads,
 * cores that stay free; of the batch, which is only as large as what waits anyway, how soon it is done.
 */
const enough = { cores: 0.95, batch: 0.98 };

/** Rows a second: several times what one event loop reads, so that more of them are worth nothing. */
const plenty = 20_000;

/**
 * Milliseconds that a batch costs beside its run, for messages and waking threads. From batches of 1 to 16 the processor
 * time of a request went from 0.16 to 0.09 ms (two cores, a net of 0.05 ms an image); the rest is the wait for a core, set so
 * that the choice is the batch that then served most requests: 12,300 a second by 2, 14,300 by 4, 18,600 by 8, 18,100 by 16.
 */
const handing = 0.2;

/** Rows a second that requests get. */
const useful = ({ batch, rate }: Measurement) => Math.min(1000 / (1000 / rate + handing / batch), plenty);

const within = (share: number, measured: readonly Measurement[], value: (one: Measurement) => number) => {
  const best = Math.max(...measured.map(value));
  return measured.filter((one) => value(one) >= share * best);
};

/**
 * Of those that are as good as the fastest the ones that use the fewest cores, which the event loop needs as well; of their
 * batches that are as good as the fastest the one that is done soonest.
 */
export function choose(measured: readonly Measurement[]): Measurement {
  const good = within(enough.cores, measured, useful);
  const cores = ({ workers, threads = 1 }: Candidate) => workers * threads;
  const fewest = Math.min(...good.map(cores));
  const left = within(
    enough.batch,
    measured.filter((one) => cores(one) === fewest),
    useful,
  );
  return left.reduce((a, b) => (latency(b) < latency(a) ? b : a));
}
