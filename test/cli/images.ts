import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from 'onward/image';
import { stripes } from '../train/datasets.js';

/** Writes the stripes as an image folder: `<root>/<class>/<n>.png`. */
export async function writeStripes(root: string, count: number): Promise<string> {
  const dataset = stripes(count);
  const [height, width] = dataset.shape;
  for (const name of dataset.classes) await mkdir(join(root, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const png = encodePng({ width, height, data: await dataset.batch([i]) });
    await writeFile(join(root, dataset.classes[dataset.labels[i]!]!, `${i}.png`), png);
  }
  return root;
}
