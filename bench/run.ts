import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../runtime/common/index.js';
import type { Bench, Benchmark, Measured, Table, Target } from './benchmark.js';
import { contestLine } from './print.js';
import { type Python, startPython } from './python.js';
import { measure } from './rounds.js';

export interface Result {
  readonly name: string;
  readonly description: string;
  /** Why it was not run, or did not come to its end. */
  readonly skipped?: string;
  readonly failed?: string;
  readonly contests: readonly Measured[];
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

export interface RunOptions {
  readonly rounds: number;
  /** The python of the peers, or why there is none. */
  readonly python: { readonly path: string } | { readonly reason: string };
  /** A folder for what is drawn. */
  readonly pictures?: string | undefined;
  readonly onProgress?: (line: string) => void;
}

/** Runs one benchmark. What it measured until it failed is in the result. */
export async function runBenchmark(
  benchmark: Benchmark,
  { rounds, python, pictures, onProgress = () => {} }: RunOptions,
): Promise<Result> {
  const { name, description } = benchmark;
  const got = { contests: [] as Measured[], tables: [] as Table[], targets: [] as Target[], notes: [] as string[] };
  if (benchmark.needs.includes('python') && 'reason' in python) {
    return { name, description, ...got, skipped: python.reason };
  }
  const folder = await mkdtemp(join(tmpdir(), 'onward-bench-'));
  let shared: Python | undefined;
  const clean = () => {
    shared?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clean);
  const start = (env: Readonly<Record<string, string>> = {}) => {
    if ('reason' in python) throw new Error(`${name} asks for Python and does not say that it needs it`);
    return startPython(python.path, env);
  };
  const bench: Bench = {
    folder,
    python: async () => {
      shared ??= start();
      return shared;
    },
    freshPython: async (env) => start(env),
    contest: async (title, contest) => {
      const measured = await measure(title, contest, rounds);
      onProgress(`${name}: ${contestLine(measured)}`);
      got.contests.push(measured);
      return measured;
    },
    table: (table) => got.tables.push(table),
    target: (target) => got.targets.push(target),
    picture: async (file, svg) => {
      if (pictures === undefined) return;
      await mkdir(pictures, { recursive: true });
      await writeFile(join(pictures, file), svg);
    },
    note: (sentence) => got.notes.push(sentence),
  };
  try {
    await benchmark.run(bench);
    return { name, description, ...got };
  } catch (error) {
    return { name, description, ...got, failed: messageOf(error) };
  } finally {
    process.removeListener('exit', clean);
    clean();
  }
}
