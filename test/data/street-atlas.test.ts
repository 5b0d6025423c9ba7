import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from 'onward/common';
import { openSource } from 'onward/data';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeAtlas } from '#onward/data/street/atlas.js';
import { atlasPath, readAtlas, writeAtlas } from '#onward/data/street/atlas-file.js';
import { inCache } from '#onward/machine/cache.js';
import { ensureFonts } from '#onward/machine/fonts.js';
import { onward } from '../cli/onward.js';

let cache: string;
beforeAll(async () => {
  expect(await ensureFonts()).not.toHaveProperty('reason');
  cache = await mkdtemp(join(tmpdir(), 'onward-atlas-'));
  await symlink(inCache('peers'), join(cache, 'peers'));
  vi.stubEnv('ONWARD_CACHE', cache);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true, force: true });
});

describe('the atlas of the fonts', () => {
  it('has content that never changes: where this fails on purpose, raise `making` in atlas-file.ts', async () => {
    const { fields, glyphs, fonts } = await makeAtlas();
    const digest = sha256Hex(fields, new TextEncoder().encode(JSON.stringify({ glyphs, fonts })));
    expect(digest).toMatchInlineSnapshot(`"54adbe70600b212047fac7aa5a5afe43924de39d966db23015e031f62704d36d"`);
  });

  it('is read as it was written, and not where there is none or one that is damaged', async () => {
    expect(await readAtlas()).toBeUndefined();
    const atlas = {
      fields: Uint8Array.of(1, 2, 3),
      glyphs: [{ offset: 0, columns: 3, rows: 1, left: -1 / 3, top: 0.1, width: 0.7, advance: 1e-9, middle: 2 ** -30 }],
      fonts: ['ä 400'],
    };
    await writeAtlas(atlas);
    expect(await readAtlas()).toEqual(atlas);
    const bytes = await readFile(atlasPath());
    for (let at = 0; at < bytes.length; at++) {
      await writeFile(atlasPath(), bytes.with(at, bytes[at]! ^ 1));
      expect(await readAtlas(), `with byte ${at} changed`).toBeUndefined();
    }
    for (const length of [0, 10, 64, 70, bytes.length - 1]) {
      await writeFile(atlasPath(), bytes.subarray(0, length));
      expect(await readAtlas(), `cut to ${length} bytes`).toBeUndefined();
    }
  });

  it('draws the same whether it was made, read, or made again in place of a damaged one', async () => {
    const digest = async () => {
      const { code, stdout, stderr } = await onward(['data', 'street-digits:20', '--json']);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return JSON.parse(stdout).digest;
    };
    await rm(atlasPath(), { force: true });
    const made = await digest();
    const bytes = await readFile(atlasPath());
    // Here the one that lies there is read.
    expect((await openSource('street-digits:20')).train.digest).toBe(made);
    await writeFile(atlasPath(), bytes.with(bytes.length - 5, bytes.at(-5)! ^ 1));
    expect(await digest()).toBe(made);
    expect((await readFile(atlasPath())).equals(bytes)).toBe(true);
  });
});
