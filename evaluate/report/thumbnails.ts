import sharp from 'sharp';
import type { Dataset } from '../../data/index.js';
import { fit } from '../../runtime/image/index.js';

/** Small images side by side in a few large ones. */
export interface Thumbnails {
  /** In pixels, of each. */
  readonly width: number;
  readonly height: number;
  /** In a row of a sheet. */
  readonly columns: number;
  /** On a sheet. */
  readonly perSheet: number;
  /** Data URLs of WebP images. */
  readonly sheets: readonly string[];
}

const columns = 20;
const perSheet = 400;
const longest = 64;

/** Of images of a dataset, in the order of `images`. Small ones keep every pixel; large ones are scaled to 64 on their longer side. */
export async function thumbnailsOf(dataset: Dataset, images: readonly number[]): Promise<Thumbnails> {
  const [height, width, channels] = dataset.shape;
  const scale = Math.min(1, longest / Math.max(height, width));
  const [high, wide] = [height, width].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const sheets: string[] = [];
  for (let start = 0; start < images.length; start += perSheet) {
    const some = images.slice(start, start + perSheet);
    const pixels = await dataset.batch(some);
    const rows = Math.ceil(some.length / columns);
    const sheet = new Uint8Array(rows * high * columns * wide * channels);
    for (const at of some.keys()) {
      const image = pixels.subarray(at * height * width * channels, (at + 1) * height * width * channels);
      const small = scale === 1 ? image : shrunk(image, dataset.shape, high, wide);
      const [left, top] = [(at % columns) * wide, Math.floor(at / columns) * high];
      for (let y = 0; y < high; y++) {
        const line = small.subarray(y * wide * channels, (y + 1) * wide * channels);
        sheet.set(line, ((top + y) * columns * wide + left) * channels);
      }
    }
    const raw = { width: columns * wide, height: rows * high, channels };
    // Every pixel as the model sees it, where that stays small.
    const lossless = high * wide <= 32 * 32;
    const webp = await sharp(sheet, { raw })
      .webp(lossless ? { lossless, effort: 4 } : { quality: 70 })
      .toBuffer();
    sheets.push(`data:image/webp;base64,${webp.toString('base64')}`);
  }
  return { width: wide, height: high, columns, perSheet, sheets };
}

function shrunk(
  image: Uint8Array,
  [height, width, channels]: Dataset['shape'],
  high: number,
  wide: number,
): Uint8Array {
  const data = new Uint8Array(height * width * 4).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) data[i * 4 + c] = image[i * channels + (channels === 3 ? c : 0)]!;
  }
  return fit({ width, height, data }, { width: wide, height: high, channels, fit: 'stretch', background: [0, 0, 0] });
}
