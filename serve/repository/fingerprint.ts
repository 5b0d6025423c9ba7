import { stat } from 'node:fs/promises';

/** What differs whenever a file was written, replaced or renamed; undefined where there is none. */
export async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join('-');
  } catch {
    return undefined;
  }
}
