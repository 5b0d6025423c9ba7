import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeader } from '../../runtime/image/index.node.js';

const usual = { width: 64, height: 64 };
const largestNative = 96;

/**
 * The size for a folder of which nobody named one: the images' own, when all have the same and no side is over 96 pixels;
 * else 64 x 64. Stops at the first image that decides it; files that cannot be read have no say.
 */
export async function chooseSize(root: string, files: readonly string[]): Promise<{ width: number; height: number }> {
  let common: { width: number; height: number } | undefined;
  for (const file of files) {
    const size = await sizeOf(join(root, file));
    if (!size) continue;
    if (Math.max(size.width, size.height) > largestNative) return usual;
    if (common && (common.width !== size.width || common.height !== size.height)) return usual;
    common = size;
  }
  return common ?? usual;
}

async function sizeOf(path: string): Promise<{ width: number; height: number } | undefined> {
  try {
    const { width, height } = readHeader(await readFile(path));
    return { width, height };
  } catch {
    return undefined;
  }
}
