import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExportName } from './ours.js';

/** Only Linux can forget a process' peak and so tell what one call took. */
export const canMeasureMemory = existsSync('/proc/self/clear_refs');

/**
 * For the C library of a process whose memory is measured: what is freed goes back to the system at once. Else the peak hides
 * in what the process freed before.
 */
export const tellingMemory = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' } as const;

/** Bytes that our export needs at its peak more than before, measured in a process of its own. */
export async function exportMemory(path: string, name: ExportName): Promise<number> {
  const child = fileURLToPath(new URL('children/export-memory.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', child, path, name], {
    env: { ...process.env, ...tellingMemory },
  });
  return JSON.parse(stdout) as number;
}
