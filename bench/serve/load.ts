import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BodyKind } from './bodies.js';

/** Milliseconds. */
export interface Loaded {
  readonly perSecond: number;
  readonly average: number;
  readonly p50: number;
  readonly p99: number;
}

const child = fileURLToPath(new URL('../children/load.js', import.meta.url));

/** Load from a process of its own. @throws Error when a request was not answered by 2xx */
export async function load(options: {
  readonly port: number;
  readonly kind: BodyKind;
  readonly connections: number;
  readonly seconds: number;
}): Promise<Loaded> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(options)]);
  return JSON.parse(stdout) as Loaded;
}
