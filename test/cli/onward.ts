import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Finished>;
  /** Resolves when `text` has been printed, on either stream; rejects when the process ends before. */
  printed(text: string | RegExp): Promise<string>;
}

/** Starts the command line as a person would: another process, its two streams, its exit code. */
export function start(
  args: readonly string[],
  { cwd = process.cwd(), env = {}, input }: { cwd?: string; env?: NodeJS.ProcessEnv; input?: Uint8Array } = {},
): Running {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...process.env, ...env } });
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  child.stdout.on('data', (data) => {
    stdout += data;
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (data) => {
    stderr += data;
    for (const listener of listeners) listener();
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const done = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    done,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const all = stdout + stderr;
          if (typeof text === 'string' ? all.includes(text) : text.test(all)) {
            listeners.delete(look);
            resolve(all);
          }
        };
        listeners.add(look);
        done.then(() => reject(new Error(`it ended before it printed ${text}: ${stdout}${stderr}`)));
        look();
      }),
  };
}

export const onward = (args: readonly string[], options?: Parameters<typeof start>[1]): Promise<Finished> =>
  start(args, options).done;

/** What every refusal looks like: the right code, one line on stderr, no stack trace. */
export function lastLine({ stderr }: Finished): string {
  return stderr.trim().split('\n').at(-1) ?? '';
}
