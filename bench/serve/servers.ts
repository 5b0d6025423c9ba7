import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BenchServer {
  readonly port: number;
  /** What it says of itself when it starts. */
  readonly about: string;
  /** MiB that are resident now; undefined where the system does not tell. */
  resident(): number | undefined;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));

function residentOf(pid: number): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  } catch {
    return undefined;
  }
}

/** Waits for the line that has the port. */
async function started(child: ChildProcess, pattern: RegExp): Promise<BenchServer> {
  let words = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const about = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (pattern.test(line)) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`a server ended before it served (${code}): ${words.trim()}`)));
    child.once('error', reject);
  });
  return {
    port: Number(pattern.exec(about)![1]),
    about,
    resident: () => residentOf(child.pid!),
    async close() {
      child.kill('SIGTERM');
      const last = setTimeout(kill, 5000);
      await ended;
      clearTimeout(last);
      process.removeListener('exit', kill);
    },
  };
}

/**
 * Ours as people start it, in a process of its own.
 * @param cache where it keeps what it measures of the model
 */
export const startOnward = (file: string, cache: string): Promise<BenchServer> =>
  started(
    // Its nets have random weights, which no golden samples were made with.
    spawn(
      process.execPath,
      [`${root}bin/onward.mjs`, 'serve', file, '--port', '0', '--name', 'bench', '--allow-different'],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ONWARD_CACHE: cache } },
    ),
    /http:\/\/[^:]+:(\d+)\//,
  );

/** FastAPI on one uvicorn worker. */
export const startFastapi = (python: string, floats: string, classifier: string): Promise<BenchServer> =>
  started(
    spawn(python, [`${root}bench/peers/fastapi_server.py`, floats, classifier], { stdio: ['ignore', 'pipe', 'pipe'] }),
    /on port (\d+)/,
  );
