import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodePng } from 'onward/image';
import { afterAll } from 'vitest';

/** A picture that differs from every other of another number. */
export function picture(number: number, width = 20, height = 20, channels = 3): Uint8Array {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * (number + 3) + number * 31) & 255);
  return encodePng({ width, height, data });
}

/** Makes folders with files in them, and takes them away after the tests of the file. */
export function makeTrees(): (files: { readonly [path: string]: Uint8Array | string }) => string {
  const base = mkdtempSync(join(tmpdir(), 'onward-data-'));
  afterAll(() => rmSync(base, { recursive: true, force: true }));
  let made = 0;
  return (files) => {
    const root = join(base, `tree-${made++}`);
    mkdirSync(root);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return root;
  };
}
