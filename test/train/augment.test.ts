import fc from 'fast-check';
import { random } from 'onward/common';
import { type Augmentation, affine, augmentBatch, invert, light } from 'onward/train';
import { describe, expect, it } from 'vitest';

const shape = [9, 7, 3] as const;
const size = 9 * 7 * 3;
const image = fc.uint8Array({ minLength: size, maxLength: size });

/** Every augmentation, with settings that do something. */
const family: readonly Augmentation[] = [
  affine({ rotation: 20, shift: 0.2, zoom: 0.3, shear: 10 }),
  invert({ probability: 0.5 }),
  light({ brightness: 0.3, contrast: 0.4 }),
];

describe.each(family.map((augmentation) => [augmentation.name, augmentation] as const))('%s', (_, augmentation) => {
  it('is a pure function of the image and the random stream', () => {
    fc.assert(
      fc.property(image, fc.integer(), (pixels, seed) => {
        const before = pixels.slice();
        const first = augmentation.apply(pixels, shape, random(seed));
        const second = augmentation.apply(pixels, shape, random(seed));
        expect(first).toHaveLength(size);
        expect(first).toEqual(second);
        expect(pixels).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  it('does something', () => {
    const pixels = Uint8Array.from({ length: size }, (_, i) => (i * 37) % 256);
    const changed = Array.from({ length: 20 }, (_, seed) => augmentation.apply(pixels, shape, random(seed)));
    expect(changed.some((result) => result.some((value, i) => value !== pixels[i]))).toBe(true);
  });
});

describe('affine', () => {
  const apply = (options: Parameters<typeof affine>[0], pixels: Uint8Array, seed = 1) =>
    affine(options).apply(pixels, shape, random(seed));

  it('with no range leaves the image as it is', () => {
    fc.assert(
      fc.property(image, (pixels) => {
        expect(apply({}, pixels)).toEqual(pixels);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps an image of one colour', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer(), (value, seed) => {
        const flat = new Uint8Array(size).fill(value);
        expect(apply({ rotation: 30, shift: 0.3, zoom: 0.3, shear: 20 }, flat, seed)).toEqual(flat);
      }),
      { numRuns: 30 },
    );
  });

  it('shifts by what was drawn, both ways, and never further than it may', () => {
    // One bright column in the middle of a wide image: where it goes is the shift in x.
    const width = 41;
    const line = new Uint8Array(width);
    line[20] = 255;
    const found = Array.from({ length: 60 }, (_, seed) => {
      const result = affine({ shift: 0.25 }).apply(line, [1, width, 1], random(seed));
      const total = result.reduce((a, b) => a + b, 0);
      return result.reduce((sum, value, x) => sum + value * x, 0) / total - 20;
    });
    expect(Math.max(...found)).toBeGreaterThan(5);
    expect(Math.min(...found)).toBeLessThan(-5);
    expect(Math.max(...found.map(Math.abs))).toBeLessThanOrEqual(0.25 * width + 0.01);
  });
});

describe('invert', () => {
  it('turns every value about with probability 1, and none with 0', () => {
    const pixels = Uint8Array.from({ length: size }, (_, i) => i % 256);
    expect(invert({ probability: 1 }).apply(pixels, shape, random(1))).toEqual(pixels.map((value) => 255 - value));
    expect(invert({ probability: 0 }).apply(pixels, shape, random(1))).toEqual(pixels);
  });
});

describe('augmentBatch', () => {
  it('gives each image what its own seed says, wherever it stands in the batch', () => {
    const [a, b] = [1, 2].map((n) => Uint8Array.from({ length: size }, (_, i) => (i * n * 11) % 256)) as [
      Uint8Array,
      Uint8Array,
    ];
    const both = Uint8Array.from([...a, ...b]);
    augmentBatch(both, shape, family, [
      ['x', 1],
      ['x', 2],
    ]);
    const alone = Uint8Array.from(b);
    augmentBatch(alone, shape, family, [['x', 2]]);
    expect(both.subarray(size)).toEqual(alone);
  });
});
