/** Workers and the threads of each, as one of the ways to use the cores. */
export interface Candidate {
  readonly workers: number;
  readonly threads: number | undefined;
}

/**
 * The ways to use so many cores: every number of workers that divides them, with the rest as threads of each, and one worker
 * with one thread, which leaves the others to the event loop. What was set by hand is kept.
 */
export function candidatesFor(
  cores: number,
  fixed: { workers?: number | undefined; threads?: number | undefined },
): Candidate[] {
  const { workers, threads } = fixed;
  const share = (of: number) => Math.max(1, Math.floor(cores / of));
  if (workers !== undefined) return [{ workers, threads: threads ?? share(workers) }];
  if (threads !== undefined) return [{ workers: share(threads), threads }];
  const counts = Array.from({ length: cores }, (_, i) => i + 1).filter((count) => cores % count === 0);
  // Each worker holds a copy of the model: sixteen say enough of sixty-four cores.
  const all = counts.filter((count) => count <= 16).map((count) => ({ workers: count, threads: share(count) }));
  return cores > 1 ? [...all, { workers: 1, threads: 1 }] : all;
}

/** The sizes of batch that are tried, the smallest first. */
export const batchSizes = (most: number): number[] => [1, 2, 4, 8, 16, 32, 64, 128].filter((size) => size <= most);
