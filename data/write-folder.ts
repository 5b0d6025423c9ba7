import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFolder } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';
import { encodePng } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';
import { naturalOrder } from './natural-order.js';

const imagesAtOnce = 256;

export interface WriteFolderOptions {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes datasets as an image folder of PNGs, `<class>/<number>.png` below the part's name, or without one where the only
 * part is called ''. The folder is there whole or not at all.
 *
 * @throws OnwardError kind `input` when something is there already or a class cannot be a folder's name, `interrupted`
 */
export async function writeImageFolder(
  path: string,
  parts: Readonly<Record<string, Dataset>>,
  { onProgress, signal }: WriteFolderOptions = {},
): Promise<void> {
  if (await stat(path).catch(() => undefined)) {
    throw new OnwardError(
      'input',
      `${path} is there already: expected a folder that is not; name another or remove it`,
    );
  }
  const datasets = Object.entries(parts).filter(([, dataset]) => dataset.length > 0);
  for (const [, dataset] of datasets) requireNames(dataset);
  const total = datasets.reduce((sum, [, dataset]) => sum + dataset.length, 0);
  let done = 0;
  await replaceFolder(path, async (folder) => {
    for (const [part, dataset] of datasets) {
      for (const name of dataset.classes) await makeFolder(join(folder, part, name));
      await writePart(join(folder, part), dataset, () => {
        done++;
        if (done % imagesAtOnce === 0 || done === total) onProgress?.(done, total);
        if (signal?.aborted) {
          throw new OnwardError('interrupted', `stopped after ${done} of ${total} images; nothing was written`);
        }
      });
    }
  });
}

async function writePart(folder: string, dataset: Dataset, onImage: () => void): Promise<void> {
  const [height, width] = dataset.shape;
  const size = height * width * dataset.shape[2];
  const digits = String(dataset.length - 1).length;
  for (let start = 0; start < dataset.length; start += imagesAtOnce) {
    const count = Math.min(imagesAtOnce, dataset.length - start);
    const pixels = await dataset.batch(Array.from({ length: count }, (_, i) => start + i));
    await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const name = `${String(start + i).padStart(digits, '0')}.png`;
        const png = encodePng({ width, height, data: pixels.subarray(i * size, (i + 1) * size) });
        await writeFile(join(folder, dataset.classes[dataset.labels[start + i]!]!, name), png);
        onImage();
      }),
    );
  }
}

/** Folders come back in natural order, and under names that every system takes. */
function requireNames({ name, classes }: Dataset): void {
  const impossible = classes.find(
    (label) => !/^[^<>:"/\\|?*\p{Cc}.][^<>:"/\\|?*\p{Cc}]{0,199}$/u.test(label) || /[. ]$/.test(label),
  );
  if (impossible !== undefined) {
    throw new OnwardError('input', `the class "${impossible}" of ${name} cannot be the name of a folder: rename it`);
  }
}

/** Whether the classes of a folder would stand in another order than here. */
export const orderChanges = ({ classes }: Dataset) => {
  const sorted = [...classes].sort(naturalOrder);
  return classes.some((label, i) => label !== sorted[i]);
};
