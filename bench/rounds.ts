import { performance } from 'node:perf_hooks';
import type { Contest, Contestant, Measured } from './benchmark.js';

/** Milliseconds for the work done once. */
async function sample(contestant: Contestant, repeat: number): Promise<number> {
  let own = 0;
  const start = performance.now();
  for (let i = 0; i < repeat; i++) {
    const said = await contestant.run();
    if (contestant.timesItself) own += Number(said);
  }
  return (contestant.timesItself ? own : performance.now() - start) / repeat;
}

/** How often the quickest does its work in so many milliseconds, once warm. */
async function repeatsFor(contestants: readonly Contestant[], sampleMs: number): Promise<number> {
  const warm = [];
  for (const contestant of contestants) warm.push(await sample(contestant, 2));
  return Math.max(1, Math.ceil(sampleMs / Math.min(...warm)));
}

/**
 * Each contestant once to warm up, then rounds in which each has one turn: what else the machine does falls on all of them
 * alike. Who begins moves on from round to round.
 */
export async function measure(
  name: string,
  { contestants, sampleMs = 0, images, atLeast = 0 }: Contest,
  rounds: number,
): Promise<Measured> {
  const samples = [];
  for (const [i, contestant] of contestants.entries()) {
    const isOther = i > 0 && !contestant.ours;
    samples.push({ name: contestant.name, isOther, first: await sample(contestant, 1), rounds: [] as number[] });
  }
  const repeat = sampleMs > 0 ? await repeatsFor(contestants, sampleMs) : 1;
  for (let round = 0; round < Math.max(rounds, atLeast); round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const at = (round + turn) % contestants.length;
      samples[at]!.rounds.push(await sample(contestants[at]!, repeat));
    }
  }
  return { name, repeat, images, contestants: samples };
}
