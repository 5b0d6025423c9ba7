import { stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Dataset } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';

/**
 * What is written into an image folder would be a class of it the next time.
 * @throws OnwardError kind `usage` when `out` lies in the image folder that `dataset` was read from
 */
export async function requireOutside(
  dataset: string,
  { classes }: Dataset,
  out: string,
  flag = '--out',
): Promise<void> {
  const way = relative(resolve(dataset), resolve(out));
  if (way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way) return;
  const isFolder = await stat(join(dataset, classes[0]!)).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return;
  throw new OnwardError(
    'usage',
    `${out} would lie in the dataset ${dataset}, in which every folder is a class: give ${flag} <folder> outside of it, or call onward from another folder`,
  );
}
