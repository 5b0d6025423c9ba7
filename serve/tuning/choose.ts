import type { Candidate } from './candidates.js';

/** Rows a second of all workers of a candidate together, with batches of one size. */
export interface Measurement extends Candidate {
  readonly batch: number;
  readonly rate: number;
}

/** Milliseconds until a batch is done, with every worker busy. */
const latency = ({ workers, batch, rate }: Measurement) => (workers * batch * 1000) / rate;

/** Within this share of the best the quicker answer counts more than the last per cent of throughput. */
const enough = 0.95;

/** Of those that are as good as the fastest the one that answers soonest. */
export function choose(measured: readonly Measurement[]): Measurement {
  const best = Math.max(...measured.map(({ rate }) => rate));
  return measured.filter(({ rate }) => rate >= enough * best).reduce((a, b) => (latency(b) < latency(a) ? b : a));
}
