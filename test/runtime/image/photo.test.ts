import { decode, type Rgba } from 'onward/image';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { noise } from './lcg.js';
import { chunk, png } from './png.js';

/** Large patches, which JPEG keeps nearly as they are. */
const patches: Rgba = (() => {
  const colors = [
    [250, 20, 30],
    [20, 240, 40],
    [30, 40, 230],
    [240, 230, 20],
    [20, 20, 20],
    [230, 230, 230],
  ];
  const data = new Uint8Array(48 * 32 * 4);
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 48; x++) data.set([...colors[(x >> 4) + 3 * (y >> 4)]!, 255], (y * 48 + x) * 4);
  }
  return { width: 48, height: 32, data };
})();
const raw = (image: Rgba) => sharp(image.data, { raw: { width: image.width, height: image.height, channels: 4 } });

/** The picture as it must be stored so that the orientation makes it upright (EXIF 2.32, tag 274). */
function stored(image: Rgba, orientation: number): Rgba {
  const { width: w, height: h } = image;
  const [width, height] = orientation >= 5 ? [h, w] : [w, h];
  const data = new Uint8Array(w * h * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = [
        [x, y],
        [w - 1 - x, y],
        [w - 1 - x, h - 1 - y],
        [x, h - 1 - y],
        [y, x],
        [w - 1 - y, x],
        [w - 1 - y, h - 1 - x],
        [y, h - 1 - x],
      ][orientation - 1]!;
      const at = (place[1]! * w + place[0]!) * 4;
      data.set(image.data.subarray(at, at + 4), (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

function largestDifference(a: Rgba, b: Rgba): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

const quality = { quality: 100, chromaSubsampling: '4:4:4' } as const;

describe('EXIF orientation', () => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    it(`${orientation}: JPEG, WebP and PNG stand upright`, async () => {
      const tagged = raw(stored(patches, orientation)).withMetadata({ orientation });
      expect(
        largestDifference(await decode(await tagged.clone().removeAlpha().jpeg(quality).toBuffer()), patches),
      ).toBeLessThan(12);
      expect(await decode(await tagged.clone().webp({ lossless: true }).toBuffer())).toEqual(patches);

      const exif = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
      const { width, height, data } = stored(patches, orientation);
      const sample = (x: number, y: number, c: number) => data[(y * width + x) * 4 + c]!;
      expect(await decode(png({ width, height, sample, extra: [chunk('eXIf', exif)] }))).toEqual(patches);
    });
  }

  it('agrees with sharp', async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const bytes = await raw(noise(19, 11)).removeAlpha().withMetadata({ orientation }).jpeg().toBuffer();
      const { data } = await decode(bytes);
      expect(Buffer.compare(await sharp(bytes).autoOrient().ensureAlpha().raw().toBuffer(), data)).toBe(0);
    }
  });
});

describe('JPEG', () => {
  it('in gray', async () => {
    const image = await decode(await raw(patches).removeAlpha().grayscale().jpeg().toBuffer());
    for (let i = 0; i < image.data.length; i += 4) expect(new Set(image.data.subarray(i, i + 3)).size).toBe(1);
  });

  it('in CMYK, without a colour profile', async () => {
    const white = { width: 16, height: 16, channels: 3, background: '#fff' } as const;
    const bytes = await sharp({ create: white }).toColourspace('cmyk').jpeg(quality).toBuffer();
    const image = await decode(bytes);
    expect(image.data.every((value) => value >= 250)).toBe(true);

    const inks = await raw(patches).removeAlpha().toColourspace('cmyk').jpeg(quality).toBuffer();
    const decoded = await decode(inks);
    expect([decoded.width, decoded.height]).toEqual([48, 32]);
    // Red is red, green green, blue blue: ink conversion without a profile is no closer than that.
    const strongest = (x: number) => {
      const at = (8 * 48 + x) * 4;
      const pixel = [...decoded.data.subarray(at, at + 3)];
      return pixel.indexOf(Math.max(...pixel));
    };
    expect([strongest(8), strongest(24), strongest(40)]).toEqual([0, 1, 2]);
  });

  it('with a colour profile has the pixels as stored', async () => {
    const plain = await raw(patches).removeAlpha().jpeg(quality).toBuffer();
    const tagged = await sharp(plain).jpeg(quality).withIccProfile('p3').toBuffer();
    const stripped = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    const { data } = await decode(tagged);
    expect([...data.filter((_, i) => i % 4 !== 3)]).toEqual([...stripped]);
  });

  it('cut off anywhere is an error', async () => {
    const bytes = await raw(noise(40, 40)).removeAlpha().jpeg().toBuffer();
    for (const length of [3, 20, 100, 400, bytes.length >> 1, bytes.length - 1]) {
      await expect(decode(bytes.subarray(0, length), { name: 'a.jpg' })).rejects.toMatchObject({
        kind: 'input',
        message: expect.stringMatching(/^a\.jpg is a damaged JPEG image \(it .+\): save or download it again$/),
      });
    }
  });

  it('with bytes after its end is whole', async () => {
    const bytes = await raw(patches).removeAlpha().jpeg().toBuffer();
    expect(await decode(Buffer.concat([bytes, Buffer.from('trailer')]))).toEqual(await decode(bytes));
  });
});

describe('WebP', () => {
  it('keeps alpha, and the colour under it', async () => {
    const image = noise(21, 13, true);
    const bytes = await raw(image).webp({ lossless: true, exact: true }).toBuffer();
    expect(await decode(bytes)).toEqual(image);
  });

  it('cut off anywhere is an error', async () => {
    const bytes = await raw(noise(40, 40)).webp().toBuffer();
    for (const length of [12, 20, 100, bytes.length >> 1, bytes.length - 1]) {
      await expect(decode(bytes.subarray(0, length))).rejects.toThrow('the image is a damaged WebP image');
    }
  });
});
