import type { Crew } from '../workers/index.js';
import type { Candidate } from './candidates.js';
import { choose } from './choose.js';
import { coresOf, type Measurement, useful } from './useful.js';

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
const longest = 100;

/**
 * What came this near to the best, of the candidates before too, is measured so often, and the median counts: one measurement
 * is several per cent off on a machine in use.
 */
const [near, times] = [0.9, 3];

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function measureInto(
  measured: Measurement[],
  candidate: Candidate,
  crew: Crew,
  { candidates, batches, milliseconds, disturbed }: TuneOptions,
): Promise<boolean> {
  /** Rows a second; undefined when somebody asked. */
  async function rateOf(batch: number): Promise<number | undefined> {
    if (disturbed()) return undefined;
    const rates = await Promise.all(crew.threads.map((thread) => thread.measure(batch, milliseconds)));
    return disturbed() ? undefined : rates.reduce((sum, one) => sum + one, 0);
  }

  const rates = new Map<number, number[]>();
  let best = 0;
  for (const batch of batches) {
    const rate = await rateOf(batch);
    if (rate === undefined) return false;
    rates.set(batch, [rate]);
    // Where larger batches only cost, still larger ones do so too; and nobody wants to wait for a batch so long.
    if (rate < 0.8 * best || (candidate.workers * batch * 1000) / rate > longest) break;
    best = Math.max(best, rate);
  }
  const cores = Math.max(...candidates.map(coresOf));
  const first = [...rates].map(([batch, [rate]]) => ({ ...candidate, batch, rate: rate! }));
  const most = Math.max(...[...measured, ...first].map((one) => useful(one, cores)));
  const again = first.filter((one) => useful(one, cores) >= near * most).map(({ batch }) => batch);
  // All of them in turn, so that a slow moment costs each the same.
  for (let time = 1; time < times && again.length > 1; time++) {
    for (const batch of again) {
      const rate = await rateOf(batch);
      if (rate === undefined) return false;
      rates.get(batch)!.push(rate);
    }
  }
  for (const [batch, some] of rates) measured.push({ ...candidate, batch, rate: median(some) });
  return true;
}
