import { createHash } from 'node:crypto';
import type { Dataset } from './dataset.js';

/** sha256 as 64 hex digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * sha256 over `onward-dataset-1\n`, the JSON of `[shape, classes]` and a newline, then for every image the line
 * `<label> <sha256 of its bytes, in hex>\n`, the lines sorted (by label as a number, then by hash). The order of the
 * images, their files' names and the split do not change it; a pixel, a label, a class's name or an image more does.
 */
export function digestOf(dataset: Pick<Dataset, 'length' | 'shape' | 'classes' | 'labels' | 'fingerprint'>): string {
  const lines = Array.from({ length: dataset.length }, (_, i) => ({
    label: dataset.labels[i]!,
    fingerprint: dataset.fingerprint(i),
  }));
  lines.sort(
    (a, b) => a.label - b.label || (a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0),
  );
  const hash = createHash('sha256').update(`onward-dataset-1\n${JSON.stringify([dataset.shape, dataset.classes])}\n`);
  for (const { label, fingerprint } of lines) hash.update(`${label} ${fingerprint}\n`);
  return hash.digest('hex');
}
