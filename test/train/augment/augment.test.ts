import fc from 'fast-check';
import { random, seedOf } from 'onward/common';
import {
  type Augmentation,
  affine,
  augmentations,
  augmentBatch,
  blur,
  crop,
  cutout,
  digits,
  erase,
  flip,
  hue,
  invert,
  jpeg,
  noise,
  photographs,
} from 'onward/train';
import { describe, expect, it } from 'vitest';
import { drawing, picture } from './images.js';

type Name = keyof typeof augmentations;

/** With settings that do something, and with those that do nothing. */
const cases: { readonly [name in Name]: readonly [Augmentation, Augmentation | undefined] } = {
  affine: [
    affine({ rotation: 20, heightShift: 0.2, widthShift: 0.1, zoom: 0.3, shear: 10, fillMode: 'reflect' }),
    affine({}),
  ],
  blur: [blur({ sigma: 2 }), blur({ sigma: 0 })],
  brightness: [augmentations.brightness({ range: 0.3 }), augmentations.brightness({ range: 0 })],
  channelShift: [augmentations.channelShift({ range: 50 }), augmentations.channelShift({ range: 0 })],
  contrast: [augmentations.contrast({ range: 0.4 }), augmentations.contrast({ range: 0 })],
  crop: [crop({ area: [0.3, 0.9] }), crop({ area: [1, 1], aspect: [1, 1] })],
  cutout: [cutout({ size: 0.5 }), cutout({ size: 0 })],
  erase: [erase(), erase({ probability: 0 })],
  flip: [flip({ horizontal: 0.5, vertical: 0.5 }), flip({})],
  gamma: [augmentations.gamma({ range: 0.5 }), augmentations.gamma({ range: 0 })],
  hue: [hue({ range: 0.2 }), hue({ range: 0 })],
  invert: [invert({ probability: 0.5 }), invert({ probability: 0 })],
  // Even the best quality rounds.
  jpeg: [jpeg({ quality: [10, 60] }), undefined],
  noise: [noise({ deviation: 20 }), noise({ deviation: 0 })],
  saturation: [augmentations.saturation({ range: 0.5 }), augmentations.saturation({ range: 0 })],
};
const family = Object.values(cases).map(([augmentation]) => augmentation);
const forColours: readonly string[] = ['hue', 'saturation'];

const anyImage = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 3))
  .chain((shape) => {
    const size = shape[0] * shape[1] * shape[2];
    return fc.tuple(fc.constant(shape), fc.uint8Array({ minLength: size, maxLength: size }));
  });

describe.each(Object.entries(cases))('%s', (name, [augmentation, nothing]) => {
  it('is a pure function of the image and the random stream, for images of any size', () => {
    fc.assert(
      fc.property(anyImage, fc.integer(), ([shape, pixels], seed) => {
        const before = pixels.slice();
        const first = augmentation.apply(pixels, shape, random(seed));
        const second = augmentation.apply(pixels, shape, random(seed));
        expect(first).toBeInstanceOf(Uint8Array);
        expect(first).toHaveLength(pixels.length);
        expect(first).toEqual(second);
        expect(pixels).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('draws anew for each seed', () => {
    const shape = [9, 7, 3] as const;
    const pixels = picture(shape);
    const results = Array.from({ length: 30 }, (_, seed) => String(augmentation.apply(pixels, shape, random(seed))));
    // Of an inversion there are two.
    expect(new Set(results).size).toBeGreaterThan(name === 'invert' ? 1 : 2);
    expect(results.some((result) => result !== String(pixels))).toBe(true);
  });

  if (nothing)
    it('with settings of nothing changes nothing', () => {
      fc.assert(
        fc.property(anyImage, fc.integer(), ([shape, pixels], seed) => {
          expect(nothing.apply(pixels, shape, random(seed))).toEqual(pixels);
        }),
        { numRuns: 30 },
      );
    });

  if (forColours.includes(name))
    it('leaves gray images as they are', () => {
      const gray = picture([9, 7, 1]);
      expect(augmentation.apply(gray, [9, 7, 1], random(1))).toEqual(gray);
    });

  it('is made anew from its name and settings, as a worker does it', async () => {
    const module = await import(augmentation.source!);
    expect(augmentation.name).toBe(name);
    const again: Augmentation = module[name](JSON.parse(JSON.stringify(augmentation.settings)));
    expect(again.settings).toEqual(augmentation.settings);
    const shape = [12, 10, 3] as const;
    for (const seed of [1, 2, 3]) {
      expect(again.apply(picture(shape), shape, random(seed))).toEqual(
        augmentation.apply(picture(shape), shape, random(seed)),
      );
    }
  });
});

describe('settings', () => {
  it.each<[string, () => unknown]>([
    ['rotation of affine to be from 0 to 180, got -1', () => affine({ rotation: -1 })],
    ['widthShift of affine to be from 0 to 1, got 8', () => affine({ widthShift: 8 })],
    ['zoom of affine to be from 0 to 0.99, got NaN', () => affine({ zoom: Number.NaN })],
    [
      'fillMode of affine to be nearest, reflect or constant, got edge',
      () => affine({ fillMode: 'edge' as 'nearest' }),
    ],
    ['area of crop to be two rising numbers from 0.01 to 1, got [1,0.5]', () => crop({ area: [1, 0.5] })],
    ['probability of invert to be from 0 to 1, got 50', () => invert({ probability: 50 })],
    ['fill of cutout, where not mean or noise, to be from 0 to 255, got 300', () => cutout({ size: 0.5, fill: 300 })],
  ])('expected %s', (message, make) => {
    expect(make).toThrow(new RangeError(`expected ${message}`));
  });
});

describe('affine', () => {
  /** Where the one bright pixel of an image has gone, in rows and columns. */
  function moved(options: Parameters<typeof affine>[0], seed: number): [number, number] {
    const [height, width] = [31, 41];
    const dot = new Uint8Array(height * width);
    dot[15 * width + 20] = 255;
    const result = affine(options).apply(dot, [height, width, 1], random(seed));
    const total = result.reduce((a, b) => a + b, 0);
    const mean = (place: (i: number) => number) => result.reduce((sum, value, i) => sum + value * place(i), 0) / total;
    return [mean((i) => Math.floor(i / width)) - 15, mean((i) => i % width) - 20];
  }
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);

  it('shifts up and down by heightShift and never sideways, both ways and never further than it may', () => {
    const found = seeds.map((seed) => moved({ heightShift: 0.25 }, seed));
    const rows = found.map(([row]) => row);
    expect(Math.max(...rows)).toBeGreaterThan(5);
    expect(Math.min(...rows)).toBeLessThan(-5);
    expect(Math.max(...rows.map(Math.abs))).toBeLessThanOrEqual(0.25 * 31 + 0.01);
    expect(Math.max(...found.map(([, column]) => Math.abs(column)))).toBeLessThan(1e-9);
  });

  it('shifts sideways by widthShift, and never up or down', () => {
    const found = seeds.map((seed) => moved({ widthShift: 0.25 }, seed));
    expect(Math.max(...found.map(([, column]) => column))).toBeGreaterThan(7);
    expect(Math.max(...found.map(([row]) => Math.abs(row)))).toBeLessThan(1e-9);
  });

  it('turns, shears and zooms about the middle, also of images that are not square', () => {
    const found = seeds.map((seed) => moved({ rotation: 90, shear: 30, zoom: 0.3 }, seed));
    expect(Math.max(...found.flat().map(Math.abs))).toBeLessThan(0.01);
  });

  it('keeps an image of one colour, but for what a constant fill lets in', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.integer(), fc.constantFrom('nearest', 'reflect'), (value, seed, fillMode) => {
        const flat = new Uint8Array(9 * 7 * 3).fill(value);
        const options = { rotation: 180, heightShift: 1, widthShift: 1, zoom: 0.9, shear: 60, fillMode } as const;
        expect(affine(options).apply(flat, [9, 7, 3], random(seed))).toEqual(flat);
      }),
      { numRuns: 50 },
    );
    const shifted = affine({ heightShift: 1, fillMode: 'constant', fillValue: 9 });
    // Drawn: nothing turned, half the height up.
    expect(shifted.apply(new Uint8Array(8).fill(200), [4, 2, 1], drawing(0.5, 0.75, 0.5, 0.5, 0.5, 0.5))).toEqual(
      Uint8Array.of(200, 200, 200, 200, 9, 9, 9, 9),
    );
  });
});

describe('flip', () => {
  it('mirrors whole pixels', () => {
    const image = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    const sideways = flip({ horizontal: 1 }).apply(image, [2, 2, 3], random(1));
    expect([...sideways]).toEqual([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
    const upsideDown = flip({ vertical: 1 }).apply(image, [2, 2, 3], random(1));
    expect([...upsideDown]).toEqual([7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6]);
  });
});

describe('cutout and erase', () => {
  const shape = [20, 30, 1] as const;
  const changed = (augmentation: Augmentation, seed: number) => {
    const image = new Uint8Array(600).fill(100);
    const result = augmentation.apply(image, shape, random(seed));
    return [...result.keys()].filter((i) => result[i] !== 100).map((i) => [Math.floor(i / 30), i % 30] as const);
  };
  const spread = (places: readonly number[]) => Math.max(...places) - Math.min(...places) + 1;

  it('cutout hides a square, whole or cut by the edge', () => {
    const squares = Array.from({ length: 40 }, (_, seed) => changed(cutout({ size: 0.5, fill: 7 }), seed));
    for (const square of squares) {
      const [rows, columns] = [spread(square.map(([y]) => y)), spread(square.map(([, x]) => x))];
      expect(square).toHaveLength(rows * columns);
      expect(Math.max(rows, columns)).toBeLessThanOrEqual(10);
    }
    expect(squares.some((square) => square.length === 100)).toBe(true);
    expect(squares.some((square) => square.length < 100)).toBe(true);
  });

  it('erase hides a box of the area and shape it may', () => {
    for (let seed = 0; seed < 40; seed++) {
      const box = changed(erase({ probability: 1, area: [0.1, 0.2], aspect: [0.5, 2], fill: 0 }), seed);
      const [rows, columns] = [spread(box.map(([y]) => y)), spread(box.map(([, x]) => x))];
      expect(box).toHaveLength(rows * columns);
      expect(box.length / 600).toBeGreaterThan(0.08);
      expect(box.length / 600).toBeLessThan(0.23);
      expect(rows / columns).toBeGreaterThan(0.4);
      expect(rows / columns).toBeLessThan(2.5);
    }
  });

  it('fill with the mean of each channel, with noise, or with a value', () => {
    const image = Uint8Array.from({ length: 48 }, (_, i) => [10, 20, 201][i % 3]!);
    const hidden = (fill: 'mean' | 'noise' | number) =>
      erase({ probability: 1, area: [1, 1], aspect: [1, 1], fill }).apply(image, [4, 4, 3], random(1));
    expect(hidden('mean')).toEqual(image);
    expect(new Set(hidden(33))).toEqual(new Set([33]));
    expect(new Set(hidden('noise')).size).toBeGreaterThan(20);
  });
});

describe('noise', () => {
  it('has the deviation that was drawn, and no mean', () => {
    const flat = new Uint8Array(200 * 200).fill(128);
    for (const [seed, fraction] of [0.3, 1].entries()) {
      const result = noise({ deviation: 20 }).apply(flat, [200, 200, 1], drawing(0, fraction, seed / 7));
      const differences = Array.from(result, (value) => value - 128);
      const mean = differences.reduce((a, b) => a + b) / differences.length;
      const deviation = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / differences.length);
      expect(Math.abs(mean)).toBeLessThan(0.3);
      expect(deviation / (20 * fraction)).toBeCloseTo(1, 1);
      // Neighbours have nothing to do with each other.
      const together = differences.slice(1).reduce((sum, d, i) => sum + d * differences[i]!, 0) / differences.length;
      expect(Math.abs(together / deviation ** 2)).toBeLessThan(0.03);
    }
  });
});

describe('augmentBatch', () => {
  it('gives each image what its own seed says, wherever it stands in the batch', () => {
    const shape = [9, 7, 3] as const;
    const [a, b] = [picture(shape, 1), picture(shape, 2)];
    const both = Uint8Array.from([...a, ...b]);
    augmentBatch(both, shape, family, Uint32Array.of(seedOf('x', 1), seedOf('x', 2)));
    const alone = b.slice();
    augmentBatch(alone, shape, family, Uint32Array.of(seedOf('x', 2)));
    expect(both.subarray(a.length)).toEqual(alone);
    expect(alone).not.toEqual(b);
  });
});

describe('augmentBatch of a wrong length', () => {
  it('says what was expected', () => {
    const seeds = Uint32Array.of(1, 2);
    expect(() => augmentBatch(new Uint8Array(7), [2, 2, 1], [], seeds)).toThrow(
      'expected 2 images of 4 bytes, got 7 bytes in all',
    );
    const halving = { name: 'halving', settings: {}, apply: (image: Uint8Array) => image.slice(2) };
    expect(() => augmentBatch(new Uint8Array(8), [2, 2, 1], [halving], seeds)).toThrow(
      'expected the augmentation halving to return 4 bytes, as it was given, got 2',
    );
  });
});

describe('the named sets', () => {
  it('digits are neither moved sideways nor mirrored', () => {
    const names = digits().map(({ name }) => name);
    expect(names).toEqual(['affine', 'channelShift', 'invert']);
    expect(digits()[0]!.settings.widthShift).toBe(0);
  });

  it('photographs keep their colours where they have some, and are not mirrored', () => {
    const names = (channels: number) => photographs([8, 8, channels]).map(({ name }) => name);
    expect(names(3)).toContain('hue');
    expect(names(1)).not.toContain('hue');
    expect(names(3)).not.toContain('flip');
  });
});
