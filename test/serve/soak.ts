import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { classifierFile, floatsFile } from '#onward/bench/serve/network.js';
import { until } from './until.js';

/** What a process holds in memory is read where Linux tells it. */
export const cannotSoak = existsSync('/proc/self/status') ? undefined : 'the system has no /proc to read memory from';

interface Sample {
  readonly seconds: number;
  /** Requests until then. */
  readonly done: number;
  /** MB that are resident. */
  readonly resident: number;
}

export interface SoakOptions {
  readonly requests: number;
  readonly perSecond: number;
  /** Of the requests, those until memory has found its level, which are not compared with the last. Default: none. */
  readonly warm?: number;
}

export interface Soaked {
  readonly samples: readonly Sample[];
  /** Answers by status, `left` of clients that left, or the code of an error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** MB, of the requests behind the warm ones: the median of the tenth behind the first tenth, and that of the last tenth. */
  readonly first: number;
  readonly last: number;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;

const residentOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** The server as people start it, with two models; its port and its number. */
async function started(): Promise<{ port: number; pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'onward-test-'));
  for (const [name, bytes] of [['bench', floatsFile()] as const, ['pictures', classifierFile()] as const]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'model.onnx'), bytes);
  }
  await writeFile(join(folder, 'models.json'), '{"default": "pictures"}');
  // The net of random weights has no golden samples; one worker, as tuning would choose by chance.
  const flags = ['--allow-different', '--port', '0', '--tune', 'off', '--workers', '1', '--log-requests'];
  const child = spawn(process.execPath, ['bin/onward.mjs', 'serve', folder, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });
  child.stderr.resume();
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await until(() => said.includes('http://'), 20, { seconds: 60 });
  return { port: Number(/:(\d+)\//.exec(said)![1]), pid: child.pid! };
}

/**
 * A server under mixed load from another process, and what it holds in memory meanwhile. All is counted in requests, so that
 * a busy machine takes longer and proves as much.
 */
export async function soak({ requests, perSecond, warm = 0 }: SoakOptions): Promise<Soaked> {
  const { port, pid } = await started();
  const load = spawn(
    process.execPath,
    [fileURLToPath(new URL('soak-load.mjs', import.meta.url)), JSON.stringify({ port, requests, perSecond })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void load.kill('SIGKILL'));
  const samples: Sample[] = [];
  let outcomes: Record<string, number> = {};
  const start = performance.now();
  createInterface({ input: load.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { done: number; outcomes: Record<string, number> };
    outcomes = said.outcomes;
    if (!existsSync(`/proc/${pid}`)) return;
    samples.push({ seconds: (performance.now() - start) / 1000, done: said.done, resident: residentOf(pid) });
  });
  expect(await new Promise((resolve) => load.once('close', resolve))).toBe(0);
  const share = (of: number) => warm + of * (requests - warm);
  const within = (from: number, to: number) =>
    median(samples.filter(({ done }) => done >= share(from) && done <= share(to)).map((one) => one.resident));
  return { samples, outcomes, first: within(0.1, 0.2), last: within(0.9, 1) };
}

/** A line a minute: its median of memory, and the requests until its end. */
export function minutesOf(samples: readonly Sample[]): string {
  const minutes = [...new Set(samples.map(({ seconds }) => Math.floor(seconds / 60)))];
  const rows = minutes.map((minute) => {
    const of = samples.filter(({ seconds }) => Math.floor(seconds / 60) === minute);
    return `| ${minute + 1} | ${median(of.map(({ resident }) => resident)).toFixed(1)} | ${of.at(-1)!.done} |`;
  });
  return ['| minute | MB | requests |', '|---|---|---|', ...rows].join('\n');
}

/** Whoever stayed was answered: what is right by 200, the rest by what is wrong with it. */
export function expectAnswered({ outcomes }: Soaked, requests: number): void {
  expect(Object.keys(outcomes).filter((one) => !['200', '400', '404', '415', 'left'].includes(one))).toEqual([]);
  expect(Object.values(outcomes).reduce((a, b) => a + b, 0)).toBe(requests);
}
