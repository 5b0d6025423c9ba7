import type { Candidate } from './candidates.js';

/** Rows a second of all workers of a candidate together, with batches of one size. */
export interface Measurement extends Candidate {
  readonly batch: number;
  readonly rate: number;
}

/** Milliseconds until a batch is done, with every worker busy. */
const latency = ({ workers, batch, rate }: Measurement) => (workers * batch * 1000) / rate;

/** Within this share of the best, other things count more than the last per cent of throughput. */
const enough = 0.95;

/** Rows a second: several times what one event loop reads, so that more of them are worth nothing. */
const plenty = 20_000;

const within = (measured: readonly Measurement[], value: (one: Measurement) => number) => {
  const best = Math.max(...measured.map(value));
  return measured.filter((one) => value(one) >= enough * best);
};

/**
 * Of those that are as good as the fastest the ones that use the fewest cores, which the event loop needs as well; of their
 * batches that are as good as the fastest the one that is done soonest.
 */
export function choose(measured: readonly Measurement[]): Measurement {
  const good = within(measured, ({ rate }) => Math.min(rate, plenty));
  const cores = ({ workers, threads = 1 }: Candidate) => workers * threads;
  const fewest = Math.min(...good.map(cores));
  const left = within(
    measured.filter((one) => cores(one) === fewest),
    ({ rate }) => rate,
  );
  return left.reduce((a, b) => (latency(b) < latency(a) ? b : a));
}
