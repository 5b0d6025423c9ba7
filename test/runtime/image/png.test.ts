import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decode, encodePng } from 'onward/image';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noise } from './lcg.js';
import { chunk, ihdr, join, type PngParts, png, signature } from './png.js';

/** 16-bit noise that depends on place and channel alone. */
const hash = (x: number, y: number, c: number) =>
  (Math.imul(x * 7919 + y * 104729 + c * 1299709, 2654435761) >>> 15) & 0xffff;
const samples = (depth: number) => (x: number, y: number, c: number) => hash(x, y, c) & ((1 << depth) - 1);
const palette = Array.from({ length: 16 * 3 }, (_, i) => (i * 37) & 255);

/** What each kind means, written down a second time and slowly. */
function expected({ width, height, depth = 8, color = 6, transparency, sample, palette = [] }: PngParts): number[] {
  const eight = (v: number) => (depth === 16 ? v >> 8 : (v * 255) / (2 ** depth - 1));
  const clear = (values: number[]) =>
    transparency && values.every((v, c) => v === transparency[c * 2]! * 256 + transparency[c * 2 + 1]!) ? 0 : 255;
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const v = [0, 1, 2, 3].map((c) => sample(x, y, c));
      const [a, b, c, d] = v.map(eight) as [number, number, number, number];
      if (color === 0) out.push(a, a, a, clear(v.slice(0, 1)));
      else if (color === 2) out.push(a, b, c, clear(v.slice(0, 3)));
      else if (color === 3)
        out.push(...[0, 1, 2].map((k) => palette[v[0]! * 3 + k] ?? 0), transparency?.[v[0]!] ?? 255);
      else if (color === 4) out.push(a, a, a, b);
      else out.push(a, b, c, d);
    }
  }
  return out;
}

const kinds: [string, number, number, Partial<PngParts>?][] = [
  ...[1, 2, 4, 8, 16].map((depth): [string, number, number] => [`gray, ${depth} bit`, 0, depth]),
  ...[1, 2, 4, 8].map((depth): [string, number, number, Partial<PngParts>] => [
    `palette, ${depth} bit`,
    3,
    depth,
    { palette },
  ]),
  ...[8, 16].flatMap((depth): [string, number, number][] => [
    [`RGB, ${depth} bit`, 2, depth],
    [`gray and alpha, ${depth} bit`, 4, depth],
    [`RGBA, ${depth} bit`, 6, depth],
  ]),
  ['palette with tRNS', 3, 4, { palette, transparency: [0, 128, 7] }],
  ['gray with tRNS, 4 bit', 0, 4, { transparency: [0, 5] }],
  ['gray with tRNS, 8 bit', 0, 8, { transparency: [0, samples(8)(3, 2, 0)] }],
  ['gray with tRNS, 16 bit', 0, 16, { transparency: [hash(3, 2, 0) >> 8, hash(3, 2, 0) & 255] }],
  ['RGB with tRNS, 8 bit', 2, 8, { transparency: [0, 1, 2].flatMap((c) => [0, samples(8)(4, 1, c)]) }],
  [
    'RGB with tRNS, 16 bit',
    2,
    16,
    { transparency: [0, 1, 2].flatMap((c) => [hash(4, 1, c) >> 8, hash(4, 1, c) & 255]) },
  ],
];

describe('PNG, every kind', () => {
  for (const interlaced of [false, true]) {
    for (const [title, color, depth, more] of kinds) {
      it(`${title}${interlaced ? ', interlaced' : ''}`, async () => {
        for (const [width, height] of [
          [13, 11],
          [1, 1],
          [2, 3],
          [8, 8],
        ] as const) {
          const parts: PngParts = { width, height, color, depth, interlaced, sample: samples(depth), ...more };
          const bytes = png(parts);
          const image = await decode(bytes);
          expect([image.width, image.height]).toEqual([width, height]);
          expect([...image.data]).toEqual(expected(parts));
          // libpng, through sharp, sees the same (it scales 16 bits otherwise in some versions).
          if (depth === 16) continue;
          const other = await sharp(bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer();
          expect(Buffer.compare(other, image.data)).toBe(0);
        }
      });
    }
  }

  it('with every filter on every line', async () => {
    for (const filter of [0, 1, 2, 3, 4]) {
      const parts: PngParts = { width: 9, height: 7, color: 2, sample: samples(8), filter: () => filter };
      expect([...(await decode(png(parts))).data]).toEqual(expected(parts));
    }
  });

  it('of a view into a larger buffer', async () => {
    const bytes = png({ width: 5, height: 5, sample: samples(8) });
    const shifted = new Uint8Array(bytes.length + 7);
    shifted.set(bytes, 3);
    expect(await decode(shifted.subarray(3, 3 + bytes.length))).toEqual(await decode(bytes));
  });

  it('that encodePng wrote, in 1 to 4 channels', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), async (width, height) => {
        const image = noise(width, height, true);
        const bytes = encodePng(image);
        expect(await decode(bytes)).toEqual(image);
        expect(encodePng(image)).toEqual(bytes);
        const gray = image.data.filter((_, i) => i % 4 === 0);
        const decoded = await decode(encodePng({ width, height, data: gray }));
        expect(decoded.data.filter((_, i) => i % 4 === 2)).toEqual(gray);
      }),
    );
  });
});

describe('PNG, out of order', () => {
  const good = png({ width: 9, height: 9, sample: samples(8) });

  it('is refused at every length that it may be cut off at', async () => {
    for (let length = 8; length < good.length; length++) {
      await expect(decode(good.subarray(0, length), { name: 'a.png' })).rejects.toMatchObject({
        kind: 'input',
        message: expect.stringMatching(/^a\.png is a damaged PNG image \(.+\): save or download it again$/),
      });
    }
  });

  it('is refused with any bit of its picture flipped', async () => {
    for (let i = 8; i < good.length; i++) {
      const bad = good.slice();
      bad[i]! ^= 4;
      // A flipped bit in a chunk's name may make it one that is passed over; then something is missing.
      await expect(decode(bad), `byte ${i}`).rejects.toMatchObject({ name: 'OnwardError' });
    }
  });

  it('names what is wrong', async () => {
    const data = deflateSync(new Uint8Array(9 * (1 + 36)));
    const broken: [string, Uint8Array[]][] = [
      ['its palette is missing', [ihdr(9, 9, 8, 3), chunk('IDAT', data), chunk('IEND', [])]],
      ['its pixel data are too short', [ihdr(9, 10), chunk('IDAT', data), chunk('IEND', [])]],
      ['its pixel data are too short', [ihdr(5000, 5000), chunk('IDAT', data), chunk('IEND', [])]],
      [
        'line 0 has the unknown filter 9',
        [ihdr(1, 1), chunk('IDAT', deflateSync(Uint8Array.of(9, 0, 0, 0, 0))), chunk('IEND', [])],
      ],
      [
        'its pixel data cannot be decompressed: invalid zlib data',
        [ihdr(1, 1), chunk('IDAT', [1, 2, 3, 4, 5, 6, 7]), chunk('IEND', [])],
      ],
      ['no PNG has colour type 5 with 8 bits', [ihdr(1, 1, 8, 5), chunk('IEND', [])]],
      ['its header says 0 pixels', [ihdr(0, 1), chunk('IEND', [])]],
      ['it has an unknown critical chunk CgBI', [ihdr(1, 1), chunk('CgBI', [0]), chunk('IEND', [])]],
    ];
    for (const [reason, parts] of broken) {
      await expect(decode(join(signature, ...parts))).rejects.toThrow(`the image is a damaged PNG image (${reason})`);
    }
  });

  it('passes over text, profiles and a wrong checksum in them', async () => {
    const text = chunk('iCCP', [1, 2, 3]);
    text[text.length - 1]! ^= 1;
    const parts: PngParts = { width: 3, height: 3, sample: samples(8), extra: [text, chunk('tEXt', [0])] };
    expect([...(await decode(png(parts))).data]).toEqual(expected(parts));
  });
});
