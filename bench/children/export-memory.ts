// A process of its own, so that only the export is in its peak: prints how many bytes more than before it that is.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type ExportName, ours } from '../ours.js';

const [path, name] = process.argv.slice(2) as [string, ExportName];

/** A line of /proc/self/status in bytes. */
function status(key: string): number {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'));
  return Number(line![1]) * 1024;
}

const work = await ours[name](path);
// V8 frees the memory of arrays on another thread.
for (let i = 0; i < 3; i++) {
  globalThis.gc!();
  await setTimeout(50);
}
// Forgets the peak so far: https://docs.kernel.org/filesystems/proc.html (clear_refs).
writeFileSync('/proc/self/clear_refs', '5');
const before = status('VmRSS');
work();
console.log(JSON.stringify(status('VmHWM') - before));
