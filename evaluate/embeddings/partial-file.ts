import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../machine/index.js';

/** A file that grows beside its place and is renamed when it is whole. */
export interface PartialFile {
  /** Where it grows. */
  readonly partial: string;
  write(content: Uint8Array | string): Promise<void>;
  finish(): Promise<void>;
  abort(): Promise<void>;
}

export async function partialFile(path: string): Promise<PartialFile> {
  const partial = `${path}.${process.pid}.partial`;
  await makeFolder(dirname(path));
  const file: FileHandle = await open(partial, 'w');
  let isOpen = true;
  const close = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    partial,
    async write(content) {
      await file.appendFile(content);
    },
    async finish() {
      await close();
      await rename(partial, path);
    },
    async abort() {
      await close();
      await rm(partial, { force: true });
    },
  };
}
