import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BodyKind } from './bodies.js';
import { hasWrk, loadByWrk } from './wrk.js';

export interface Load {
  readonly port: number;
  readonly kind: BodyKind;
  /** Each waits for its answer before it asks again. */
  readonly connections: number;
  readonly seconds: number;
}

/** Milliseconds. */
export interface Loaded {
  readonly perSecond: number;
  readonly average: number;
  readonly p50: number;
  readonly p99: number;
}

export interface LoadGenerator {
  /** A sentence on what makes the load. */
  readonly about: string;
  /** @throws Error when a request was not answered by 2xx */
  load(options: Load): Promise<Loaded>;
}

const child = fileURLToPath(new URL('../children/load.js', import.meta.url));

async function loadByAutocannon(options: Load): Promise<Loaded> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(options)]);
  return JSON.parse(stdout) as Loaded;
}

/** wrk where it is there, as it takes the least of the cores that the servers need. @param folder for its scripts */
export async function loadGenerator(folder: string): Promise<LoadGenerator> {
  const bodies = 'in a process of its own on the same cores, with 16 bodies in rotation';
  if (await hasWrk()) {
    return { about: `wrk makes the load, one thread ${bodies}.`, load: (options) => loadByWrk(folder, options) };
  }
  return {
    about: `autocannon makes the load ${bodies}; wrk, which takes less of them, is not on the PATH (apt-get install wrk).`,
    load: loadByAutocannon,
  };
}
