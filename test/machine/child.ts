import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// Registered while the file is being read: one that a running test registers is never called.
const caches: string[] = [];
afterAll(() => {
  for (const folder of caches) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A cache of the test's own, removed afterwards. */
export function temporaryCache(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onward-cache-'));
  caches.push(folder);
  return folder;
}

export interface Child {
  readonly process: ChildProcess;
  /** What it printed, once it ended. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Ends it and all that it started, at once. */
  kill(): void;
}

/** Runs a module's text in a process of its own, as the leader of a group, in the folder of the clone. */
export function runModule(text: string, env: { [name: string]: string } = {}): Child {
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += data));
  child.stderr.on('data', (data) => (output.stderr += data));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) =>
    child.on('close', (code) => done({ code, ...output })),
  );
  return { process: child, ended, kill: () => process.kill(-child.pid!, 'SIGKILL') };
}

/** Asks again and again until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>, milliseconds = 20_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come to pass in time');
    await new Promise((done) => setTimeout(done, 10));
  }
}
