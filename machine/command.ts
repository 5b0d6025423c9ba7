import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export interface CommandResult {
  /** The exit status; null when a signal ended it or it never started. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line that the command prints, on either stream. */
  readonly onLine?: (line: string) => void;
  /** Milliseconds, then it is killed. */
  readonly timeout?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end. Never throws: one that cannot start has code null and its reason in `stderr`. */
export function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((done) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm is a .cmd file on Windows, which only a shell starts.
      shell: process.platform === 'win32' && program.endsWith('.cmd'),
    });
    // A process that ends takes its children along, so that none of them writes on into a folder that is being removed.
    const stop = () => child.kill();
    process.once('exit', stop);
    options.signal?.addEventListener('abort', stop);
    if (options.signal?.aborted) stop();
    // Not spawn's own timeout: Node keeps that timer, and the process with it, for a program that does not exist.
    const timer = options.timeout ? setTimeout(() => child.kill('SIGKILL'), options.timeout) : undefined;
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        const lines = (rest + text).split(/[\r\n]+/);
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.trim()) options.onLine?.(line);
      });
    }
    const finish = (code: number | null, reason = '') => {
      process.removeListener('exit', stop);
      options.signal?.removeEventListener('abort', stop);
      clearTimeout(timer);
      done({ code, stdout: output.stdout, stderr: output.stderr + reason });
    };
    child.on('error', (error) => finish(null, error.message));
    child.on('close', (code) => finish(code));
  });
}

/** The path of a program on PATH, or undefined. */
export async function which(program: string): Promise<string | undefined> {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const path = join(folder, program + ending);
      const runs = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runs) return path;
    }
  }
  return undefined;
}

/** The last lines of what a failed command said, on one line, for the end of a sentence. */
export function lastWords(result: CommandResult, lines = 3): string {
  const text = result.stderr.trim() || result.stdout.trim() || `it ended with code ${result.code}`;
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim())
    .slice(-lines)
    .join(' ')
    .trim();
}
