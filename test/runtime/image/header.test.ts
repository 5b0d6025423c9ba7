import { decode, formatOf, readHeader } from 'onward/image';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { chunk, ihdr, join, signature } from './png.js';

const text = (value: string) => Uint8Array.from(value, (char) => char.charCodeAt(0));
const picture = (width = 40, height = 30) => sharp({ create: { width, height, channels: 3, background: '#369' } });

describe('formatOf', () => {
  it('knows PNG, JPEG and WebP by their first bytes', async () => {
    expect(formatOf(await picture().png().toBuffer())).toBe('png');
    expect(formatOf(await picture().jpeg().toBuffer())).toBe('jpeg');
    expect(formatOf(await picture().webp().toBuffer())).toBe('webp');
  });

  it('names what else it is', async () => {
    const found: [string, Uint8Array][] = [
      ['a GIF image', await picture().gif().toBuffer()],
      ['a TIFF image', await picture().tiff().toBuffer()],
      ['an AVIF image', await picture().avif().toBuffer()],
      ['a BMP image', text('BM......')],
      ['a PDF file', text('%PDF-1.7')],
      ['an SVG image', text('<svg xmlns="">')],
      ['not an image (it starts with 68 65 6c 6c)', text('hello')],
      ['not an image (it starts with 07)', Uint8Array.of(7)],
    ];
    for (const [what, bytes] of found) {
      await expect(decode(bytes, { name: 'x.png' })).rejects.toMatchObject({
        kind: 'type',
        message: `x.png is ${what}: expected PNG, JPEG or WebP; convert it to one of these`,
      });
    }
  });

  it('says that there are no bytes', async () => {
    await expect(decode(new Uint8Array(0), { name: 'x.png' })).rejects.toMatchObject({
      kind: 'input',
      message: 'x.png is empty (0 bytes): expected a PNG, JPEG or WebP image; save it again',
    });
  });
});

describe('readHeader', () => {
  it('reads the size without decoding', async () => {
    const size = { width: 40, height: 30, orientation: 1 };
    expect(readHeader(await picture().png().toBuffer())).toEqual({ format: 'png', ...size });
    expect(readHeader(await picture().jpeg().toBuffer())).toEqual({ format: 'jpeg', components: 3, ...size });
    expect(readHeader(await picture().jpeg({ progressive: true }).toBuffer())).toMatchObject(size);
    expect(readHeader(await picture().toColourspace('b-w').jpeg().toBuffer())).toMatchObject({
      components: 1,
      ...size,
    });
    expect(readHeader(await picture().webp().toBuffer())).toEqual({ format: 'webp', ...size });
    expect(readHeader(await picture().webp({ lossless: true }).toBuffer())).toMatchObject(size);
    expect(readHeader(await picture().ensureAlpha(0.5).webp().toBuffer())).toMatchObject(size);
  });

  it('gives the upright size', async () => {
    const bytes = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(readHeader(bytes)).toMatchObject({ width: 30, height: 40, orientation: 6 });
  });

  it('refuses a bomb before decoding: 50,000 x 50,000 in 2 kB', async () => {
    const bomb = join(signature, ihdr(50_000, 50_000), chunk('IDAT', new Uint8Array(2000)), chunk('IEND', []));
    const start = performance.now();
    await expect(decode(bomb, { name: 'bomb.png' })).rejects.toMatchObject({
      kind: 'size',
      message: 'bomb.png has 50000 x 50000 pixels, more than the limit of 64000000: make it smaller first',
    });
    expect(performance.now() - start).toBeLessThan(50);
  });

  it('takes the limit that it is given', async () => {
    for (const bytes of [
      await picture().jpeg().toBuffer(),
      await picture().webp().toBuffer(),
      await picture().png().toBuffer(),
    ]) {
      await expect(decode(bytes, { maxPixels: 1199 })).rejects.toMatchObject({ kind: 'size' });
      await expect(decode(bytes, { maxPixels: 1200 })).resolves.toMatchObject({ width: 40 });
    }
  });

  it('refuses a strip of 70,000 pixels', () => {
    expect(() => readHeader(join(signature, ihdr(1, 70_000), chunk('IEND', [])))).toThrow('more than 65535 on a side');
  });
});
