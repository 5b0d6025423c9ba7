import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from 'onward/common';
import { openSource } from 'onward/data';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadAtlas } from '#onward/data/street/atlas.js';
import { createCanvas } from '#onward/data/street/canvas.js';
import { flatten } from '#onward/data/street/contours.js';
import { drawDigit, labelOf } from '#onward/data/street/draw.js';
import { damage } from '#onward/data/street/jpeg.js';
import { ensureFonts, fontFamilies, loadFonts } from '#onward/machine/fonts.js';
import { datasetContract } from './contract.js';

beforeAll(async () => {
  expect(await ensureFonts()).not.toHaveProperty('reason');
}, 120_000);

datasetContract('street digits', async () => (await openSource('street-digits:60')).train);

const everything = (length: number) => Array.from({ length }, (_, i) => i);

describe('street digits', () => {
  it('have content that never changes: where this fails on purpose, raise `drawing` in the source', async () => {
    const { train } = await openSource('street-digits:200,seed=1');
    expect(train.digest).toMatchInlineSnapshot(`"8b28ad4c9d1b294c4c43671f4f47354053ae5873dd8e810754d14e0d76bc4c55"`);
  });

  it('are the same whatever the number of threads, and a larger set begins with a smaller one', async () => {
    const one = (await openSource('street-digits:260,seed=7', { threads: 1 })).train;
    const three = (await openSource('street-digits:300,seed=7', { threads: 3 })).train;
    expect(await three.batch(everything(260))).toEqual(await one.batch(everything(260)));
    expect([...three.labels.subarray(0, 260)]).toEqual([...one.labels]);
    const other = (await openSource('street-digits:30,seed=8')).train;
    expect(other.digest).not.toBe(one.digest);
  });

  it('are drawn with arithmetic that is exact on every machine, and no other', async () => {
    const atlas = await loadAtlas();
    const inexact = [
      'sin',
      'cos',
      'tan',
      'atan',
      'atan2',
      'exp',
      'expm1',
      'log',
      'log2',
      'log10',
      'log1p',
      'pow',
      'cbrt',
      'hypot',
      'tanh',
      'random',
    ] as const;
    const spies = inexact.map((name) => vi.spyOn(Math, name));
    for (let i = 0; i < 100; i++) drawDigit(atlas, 3, i);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('have all ten classes alike', async () => {
    const { train } = await openSource('street-digits:200,seed=5');
    for (let digit = 0; digit < 10; digit++) expect(train.labels.filter((label) => label === digit)).toHaveLength(20);
    // In no order that could be learnt.
    expect([...train.labels.subarray(0, 10)]).not.toEqual([...train.labels.subarray(10, 20)]);
  });

  it('come in gray when that is asked for: the luma of the coloured ones', async () => {
    const gray = (await openSource('street-digits:20', { channels: 1 })).train;
    const colour = (await openSource('street-digits:20')).train;
    expect(gray.shape).toEqual([32, 32, 1]);
    const png = await sharp(Buffer.from(await colour.batch([4])), { raw: { width: 32, height: 32, channels: 3 } })
      .grayscale()
      .raw()
      .toBuffer();
    const own = await gray.batch([4]);
    expect(own).toHaveLength(1024);
    // sharp weighs in linear light: near, not equal.
    const mean = own.reduce((sum, value, i) => sum + Math.abs(value - png[i]!), 0) / own.length;
    expect(mean).toBeLessThan(12);
  });

  it('need the fonts, and say what brings them', async () => {
    vi.stubEnv('ONWARD_CACHE', join(tmpdir(), 'onward-nothing-here'));
    await expect(loadFonts()).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('run `npx onward setup fonts`'),
    });
    vi.unstubAllEnvs();
  });

  it.each([
    'street-digits:5',
    'street-digits:many',
    'street-digits:100,seed=-1',
    'street-digits:100,sed=1',
    'street-digits:99999999',
  ])('refuses %s with what to write', async (spec) => {
    await expect(openSource(spec)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/^expected street-digits:<images>,seed=<number> .* got ".*": write|\(.*\): write/),
    });
  });

  it('refuses another size', async () => {
    await expect(openSource('street-digits:20', { size: 28 })).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('the drawing', () => {
  it('has the outlines of the fonts, as librsvg fills them', async () => {
    const [fonts, atlas] = await Promise.all([loadFonts(), loadAtlas()]);
    expect(fonts).toHaveLength(Object.values(fontFamilies).flat().length);
    const dice = random('outlines', 1);
    for (let tries = 0; tries < 12; tries++) {
      const font = dice.below(fonts.length);
      const digit = dice.below(10);
      const glyph = atlas.glyphs[font * 10 + digit]!;
      const pieces = flatten(fonts[font]!.font.charToGlyph(String(digit)).path.commands);
      const eight = flatten(fonts[font]!.font.charToGlyph('8').path.commands);
      const ys = (list: Float64Array) => list.filter((_, i) => i % 2 === 1);
      const height = Math.max(...ys(eight)) - Math.min(...ys(eight));
      const xs = pieces.filter((_, i) => i % 2 === 0);
      const left = (Math.min(...xs) + Math.max(...xs)) / 2 + glyph.left * height;
      const middle = (Math.max(...ys(eight)) + Math.min(...ys(eight))) / 2;
      const top = middle - glyph.top * height;
      const [wide, high] = [(glyph.columns / 44) * height, (glyph.rows / 44) * height];
      const d = fonts[font]!.font.charToGlyph(String(digit))
        .path.commands.map((c) =>
          c.type === 'Z'
            ? 'Z'
            : c.type === 'Q'
              ? `Q${c.x1} ${-c.y1} ${c.x} ${-c.y}`
              : c.type === 'C'
                ? `C${c.x1} ${-c.y1} ${c.x2} ${-c.y2} ${c.x} ${-c.y}`
                : `${c.type}${c.x} ${-c.y}`,
        )
        .join(' ');
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${glyph.columns}" height="${glyph.rows}" viewBox="${left} ${-top} ${wide} ${high}" preserveAspectRatio="none"><path d="${d}"/></svg>`;
      const filled = await sharp(Buffer.from(svg)).ensureAlpha().extractChannel(3).raw().toBuffer();
      const field = atlas.fields.subarray(glyph.offset, glyph.offset + glyph.columns * glyph.rows);
      expect(filled).toHaveLength(field.length);
      const differing = field.reduce((sum, value, i) => sum + (value > 128 !== filled[i]! > 127 ? 1 : 0), 0);
      expect(differing / field.length, `${fonts[font]!.name} ${digit}`).toBeLessThan(0.04);
      expect(filled.filter((value) => value > 127).length).toBeGreaterThan(100);
    }
  });

  it('damages as libjpeg does', async () => {
    const dice = random('jpeg', 1);
    for (const quality of [25, 50, 80]) {
      const canvas = createCanvas(32);
      for (let at = 0; at < 1024; at++) {
        const value = 128 + 90 * Math.sin(at / 37) + dice.between(-25, 25);
        for (const plane of canvas.planes) plane[at] = Math.round(value);
      }
      const before = Buffer.from(Array.from(canvas.planes[0]));
      const { data } = await sharp(
        await sharp(before, { raw: { width: 32, height: 32, channels: 1 } })
          .jpeg({ quality })
          .toBuffer(),
      )
        .extractChannel(0)
        .raw()
        .toBuffer({ resolveWithObject: true });
      damage(canvas, quality, 0, 0);
      const off = data.reduce((sum, value, i) => sum + Math.abs(value - canvas.planes[0][i]!), 0) / data.length;
      const change = data.reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0) / data.length;
      expect(change).toBeGreaterThan(1.5);
      expect(off).toBeLessThan(change / 4);
    }
  });

  it('gives every ten images all ten digits', () => {
    for (const seed of [0, 1, 99]) {
      const labels = everything(10).map((i) => labelOf(seed, 30 + i));
      expect(labels.toSorted()).toEqual(everything(10));
    }
  });
});
