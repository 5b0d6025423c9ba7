import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { fit, type ImageSpec } from 'onward/image';
import { describe, expect, it } from 'vitest';
import { noise } from './lcg.js';

interface Golden {
  readonly pillow: string;
  readonly cases: readonly {
    readonly image: readonly [number, number, boolean];
    readonly spec: ImageSpec;
    readonly sha256: string;
    readonly bytes?: readonly number[];
  }[];
}
const golden: Golden = JSON.parse(readFileSync(new URL('./golden/fit.json', import.meta.url), 'utf8'));

const side = fc.integer({ min: 1, max: 40 });
const byte = fc.integer({ min: 0, max: 255 });
const specs: fc.Arbitrary<ImageSpec> = fc.record({
  width: side,
  height: side,
  channels: fc.constantFrom(1, 3),
  fit: fc.constantFrom('contain', 'cover', 'stretch'),
  background: fc.tuple(byte, byte, byte),
});

describe(`fit, byte for byte what Pillow ${golden.pillow} makes of the same picture`, () => {
  for (const { image, spec, sha256, bytes } of golden.cases) {
    const [width, height, alpha] = image;
    it(`${width}x${height}${alpha ? ' with alpha' : ''} to ${spec.width}x${spec.height}x${spec.channels}, ${spec.fit}`, () => {
      const fitted = fit(noise(width, height, alpha), spec);
      if (bytes) expect([...fitted]).toEqual(bytes);
      expect(createHash('sha256').update(fitted).digest('hex')).toBe(sha256);
    });
  }
});

describe('fit, whatever the picture', () => {
  it('gives width * height * channels bytes', () => {
    fc.assert(
      fc.property(side, side, specs, (width, height, spec) => {
        expect(fit(noise(width, height, true), spec)).toHaveLength(spec.width * spec.height * spec.channels);
      }),
    );
  });

  it('leaves one colour one colour', () => {
    fc.assert(
      fc.property(side, side, specs, fc.tuple(byte, byte, byte), (width, height, spec, [red, green, blue]) => {
        const data = new Uint8Array(width * height * 4);
        for (let i = 0; i < data.length; i += 4) data.set([red, green, blue, 255], i);
        // Beside a contained picture stands the background: here the same colour.
        const fitted = fit({ width, height, data }, { ...spec, background: [red, green, blue] });
        expect(new Set(fitted.filter((_, i) => i % spec.channels === 0)).size).toBe(1);
        if (spec.channels === 3) expect([...fitted.subarray(0, 3)]).toEqual([red, green, blue]);
      }),
    );
  });

  it('passes a picture of the right size through unchanged', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const image = noise(spec.width, spec.height);
        const expected = image.data.filter((_, i) => i % 4 !== 3);
        expect(fit(image, { ...spec, channels: 3 })).toEqual(expected);
      }),
    );
  });

  it('shows only the background where all is transparent', () => {
    fc.assert(
      fc.property(side, side, specs, (width, height, spec) => {
        const image = noise(width, height);
        for (let i = 3; i < image.data.length; i += 4) image.data[i] = 0;
        const fitted = fit(image, { ...spec, channels: 3 });
        expect(fitted.every((value, i) => value === spec.background[i % 3])).toBe(true);
      }),
    );
  });

  it('gives for gray pictures the same in one channel as in three', () => {
    fc.assert(
      fc.property(side, side, specs, (width, height, spec) => {
        const image = noise(width, height);
        for (let i = 0; i < image.data.length; i += 4) image.data.fill(image.data[i]!, i, i + 3);
        const gray = { ...spec, background: [50, 50, 50] } as const;
        const three = fit(image, { ...gray, channels: 3 });
        expect(fit(image, { ...gray, channels: 1 })).toEqual(three.filter((_, i) => i % 3 === 0));
      }),
    );
  });

  it('does not change its input', () => {
    const image = noise(9, 7, true);
    const before = image.data.slice();
    fit(image, { width: 4, height: 4, channels: 1, fit: 'cover', background: [1, 2, 3] });
    expect(image.data).toEqual(before);
  });

  it('takes a strip of 2 pixels by 30,000 without making it large first', () => {
    const spec: ImageSpec = { width: 64, height: 64, channels: 3, fit: 'cover', background: [0, 0, 0] };
    expect(fit(noise(2, 30_000), spec)).toHaveLength(64 * 64 * 3);
  });
});
