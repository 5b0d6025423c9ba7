import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type BenchServer, startOnward } from './servers.js';

export interface Tuned {
  /** For servers of this model to find what was measured. */
  readonly cache: string;
  /** `1 worker with 2 threads, batches of up to 8`. */
  readonly about: string;
}

const patience = 120_000;

/** What our server kept of a model. */
interface Kept {
  readonly workers: number;
  readonly threads: number | null;
  readonly batch: number;
}

/**
 * Has our server measure a model in its first idle seconds, and ends it. Nothing else may run meanwhile.
 * @throws Error when it does not come to an end in two minutes
 */
export async function tuneFor(file: string): Promise<Tuned> {
  const cache = `${file}.cache`;
  const folder = join(cache, 'serve');
  const server = await startOnward(file, cache);
  try {
    for (const end = performance.now() + patience; performance.now() < end; await setTimeout(100)) {
      const names = existsSync(folder) ? await readdir(folder) : [];
      const name = names.find((each) => each.endsWith('.json'));
      if (!name) continue;
      const { workers, threads, batch } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Kept;
      const each = threads === null ? '' : ` with ${threads} thread${threads === 1 ? '' : 's'}`;
      return { cache, about: `${workers} worker${workers === 1 ? '' : 's'}${each}, batches of up to ${batch}` };
    }
    throw new Error(`onward did not measure ${file} in ${patience / 1000} seconds`);
  } finally {
    await server.close();
  }
}

/** Our server of a model with what was measured for it, as every start but the first is. */
export async function startTuned(file: string): Promise<BenchServer & { readonly tuned: string }> {
  const { cache, about } = await tuneFor(file);
  return { ...(await startOnward(file, cache)), tuned: about };
}
