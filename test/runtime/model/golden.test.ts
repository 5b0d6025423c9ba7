import fc from 'fast-check';
import { encode } from 'fast-png';
import { toBase64 } from 'onward/common';
import { chooseGolden, decodeGolden, encodeGolden, type GoldenText, marginOf } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { golden, input, metadata, refusalOf, sealed } from './small.js';

const text = metadata.golden!;

describe('golden samples', () => {
  it('come back as they were, for any size', () => {
    const spec = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      channels: fc.constantFrom(1 as const, 3 as const),
    });
    const probability = fc.float({ min: 0, max: 1 });
    fc.assert(
      fc.property(spec, fc.integer({ min: 1, max: 20 }), fc.gen(), probability, (size, count, draw, first) => {
        const bytes = count * size.width * size.height * size.channels;
        const images = draw(fc.uint8Array, { minLength: bytes, maxLength: bytes });
        const probabilities = Float32Array.from({ length: count * 4 }, (_, i) => (first * (i + 1)) / count / 4);
        const samples = { kind: 'noise' as const, count, images, probabilities };
        const whole = { ...input, ...size };
        expect(decodeGolden(encodeGolden(samples, whole), whole, 4)).toEqual(samples);
      }),
      { numRuns: 50 },
    );
  });

  it('keep every bit of the probabilities, wherever they lie in memory', () => {
    const all = Float32Array.of(0, 1e-40, 0.1, 0.2, 0.7, 1, Number.NaN);
    const samples = {
      kind: 'real' as const,
      count: 1,
      images: golden.images.subarray(0, 18),
      probabilities: all.subarray(1),
    };
    const read = decodeGolden(encodeGolden(samples, input), input, 6);
    expect(read.probabilities).toEqual(all.slice(1));
  });

  const png = (changes: { width?: number; height?: number; channels?: number; depth?: 8 | 16 }) => {
    const { width, height, channels, depth } = { width: 3, height: 32, channels: 3, depth: 8 as 8 | 16, ...changes };
    const data = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * channels);
    return toBase64(encode({ width, height, channels, depth, data }));
  };
  const notThatPng = 'not a PNG of 16 images of 3x2x3';
  const damaged = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(text.images, 'base64');
    change(bytes);
    return bytes.toString('base64');
  };

  it.each<[string, Partial<GoldenText>, string]>([
    ['images that are not base64', { images: '%%%' }, 'the images of its golden samples are not base64'],
    ['images that are no PNG', { images: toBase64(new Uint8Array(100)) }, notThatPng],
    ['no image', { images: '' }, notThatPng],
    ['a PNG of another width', { images: png({ width: 4 }) }, notThatPng],
    ['a PNG of another height', { images: png({ height: 31 }) }, notThatPng],
    ['a gray PNG', { images: png({ channels: 1 }) }, notThatPng],
    ['a PNG with alpha', { images: png({ channels: 4 }) }, notThatPng],
    ['a PNG of 16 bits', { images: png({ depth: 16 }) }, notThatPng],
    [
      'a PNG that promises 4 billion pixels a side',
      { images: damaged((b) => b.writeUInt32BE(0xffffffff, 16)) },
      notThatPng,
    ],
    ['a truncated PNG', { images: damaged((b) => b.fill(0, 60)) }, 'the PNG of its golden samples is damaged'],
    [
      'a PNG with a wrong checksum',
      { images: damaged((b) => b.writeUInt8(b[50]! ^ 1, 50)) },
      'the PNG of its golden samples is damaged',
    ],
    ['another count', { count: 15 }, 'not a PNG of 15 images'],
    ['a count beyond all bounds', { count: Number.MAX_SAFE_INTEGER }, 'not a PNG of 9007199254740991 images'],
    [
      'probabilities that are not base64',
      { probabilities: '*' },
      'the probabilities of its golden samples are not base64',
    ],
    [
      'probabilities that are no floats',
      { probabilities: toBase64(new Uint8Array(191)) },
      'have 191 bytes of probabilities, expected 192',
    ],
    [
      'too few probabilities',
      { probabilities: '' },
      'have 0 bytes of probabilities, expected 192 for 16 images and 3 classes',
    ],
  ])('%s: refused in one sentence', (_, changes, expected) => {
    expect(refusalOf(sealed({ golden: { ...text, ...changes } }))).toContain(expected);
  });
});

describe('chooseGolden', () => {
  const drawn = fc.integer({ min: 1, max: 6 }).chain((classes) =>
    fc.record({
      classes: fc.constant(classes),
      rows: fc.array(
        fc.record({
          label: fc.nat(classes - 1),
          // Few values, so that margins are often equal.
          row: fc.array(fc.nat(4), { minLength: classes, maxLength: classes }),
        }),
        { maxLength: 60 },
      ),
    }),
  );

  it('takes at least 16 (or all), every class, the smallest margins, smallest first', () => {
    fc.assert(
      fc.property(drawn, ({ classes, rows }) => {
        const labels = rows.map(({ label }) => label);
        const probabilities = Float32Array.from(rows.flatMap(({ row }) => row.map((x) => x / 4)));
        const chosen = chooseGolden(labels, probabilities, classes);
        const margin = (i: number) => marginOf(probabilities.subarray(i * classes, (i + 1) * classes));
        const margins = chosen.map(margin);

        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen).toHaveLength(Math.min(Math.max(16, new Set(labels).size), rows.length));
        expect(new Set(chosen.map((i) => labels[i]))).toEqual(new Set(labels));
        expect(margins).toEqual(margins.toSorted((a, b) => a - b));
        for (const label of new Set(labels)) {
          const least = (from: number[]) => Math.min(...from.filter((i) => labels[i] === label).map(margin));
          expect(least(chosen)).toBe(least([...labels.keys()]));
        }
        // Whatever was left out has no smaller margin than any but the first of its class.
        const others = [...labels.keys()].filter((i) => !chosen.includes(i));
        const firsts = new Set([...new Set(labels)].map((label) => chosen.find((i) => labels[i] === label)));
        const rest = chosen.filter((i) => !firsts.has(i));
        if (others.length && rest.length) {
          expect(Math.max(...rest.map(margin))).toBeLessThanOrEqual(Math.min(...others.map(margin)));
        }
      }),
    );
  });

  it('takes more than 16 where there are more classes', () => {
    const labels = Array.from({ length: 100 }, (_, i) => i % 40);
    const chosen = chooseGolden(labels, new Float32Array(100 * 40), 40);
    expect(chosen).toHaveLength(40);
  });

  it('the margin is between the two largest', () => {
    expect(marginOf(Float32Array.of(0.25, 0.5, 0.25))).toBe(0.25);
    expect(marginOf(Float32Array.of(0.5, 0.5))).toBe(0);
    expect(marginOf(Float32Array.of(1))).toBe(1);
  });
});
