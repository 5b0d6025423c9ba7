import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Python process that does one thing at a time; peers/worker.py says what it can do. */
export interface Python {
  /** @throws Error with what Python said */
  ask<T>(task: string, args?: Readonly<Record<string, unknown>>): Promise<T>;
  close(): void;
}

/** From dist/bench back to the sources: Python files are not compiled. */
const worker = fileURLToPath(new URL('../../bench/peers/worker.py', import.meta.url));

type Answer = { value: unknown } | { error: string };

/** What a process wrote last to stderr. */
function lastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  return () => words.trim().split('\n').slice(-3).join(' ');
}

export function startPython(python: string, env: Readonly<Record<string, string>> = {}): Python {
  const child = spawn(python, [worker], { stdio: 'pipe', env: { ...process.env, ...env } });
  const words = lastWords(child);
  const waiting: { resolve(answer: Answer): void; reject(reason: Error): void }[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line) as Answer));
  const ended = (why: string) => {
    for (const each of waiting.splice(0)) each.reject(new Error(`Python ended (${why}): ${words()}`));
  };
  child.on('error', ({ message }) => ended(message));
  child.on('close', (code, signal) => ended(String(code ?? signal)));
  child.stdin!.on('error', () => {}); // It has ended, which is said above.
  return {
    ask: async <T>(task: string, args: Readonly<Record<string, unknown>> = {}) => {
      const answer = await new Promise<Answer>((resolve, reject) => {
        if (child.exitCode !== null) reject(new Error(`Python ended: ${words()}`));
        waiting.push({ resolve, reject });
        child.stdin!.write(`${JSON.stringify({ task, args })}\n`);
      });
      if ('error' in answer) throw new Error(`Python's ${task} failed: ${answer.error}`);
      return answer.value as T;
    },
    close: () => {
      child.kill();
    },
  };
}
