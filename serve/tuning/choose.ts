import { coresOf, type Measurement, useful } from './useful.js';

/** Milliseconds until a batch is done, with every worker busy. */
const latency = ({ workers, batch, rate }: Measurement) => (workers * batch * 1000) / rate;

/**
 * Within this share of the best, other things count more than the last per cent of throughput: of the workers and threads,
 * cores that stay free; of the batch, how soon it is done.
 */
const enough = 0.95;

/**
 * Of those that are as good as the fastest the ones that use the fewest cores, which the event loop needs as well; of their
 * batches that are as good as the fastest the one that is done soonest.
 */
export function choose(measured: readonly Measurement[]): Measurement {
  const cores = Math.max(...measured.map(coresOf));
  const good = (some: readonly Measurement[]) => {
    const best = Math.max(...some.map((one) => useful(one, cores)));
    return some.filter((one) => useful(one, cores) >= enough * best);
  };
  const fewest = Math.min(...good(measured).map(coresOf));
  const left = good(measured.filter((one) => coresOf(one) === fewest));
  return left.reduce((a, b) => (latency(b) < latency(a) ? b : a));
}
