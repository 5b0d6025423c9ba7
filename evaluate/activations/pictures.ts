import sharp from 'sharp';
import { escapeXml, type Lettering, lettering } from '../../plot/index.js';
import { type Colours, colourAt, inferno, viridis } from './colours.js';
import type { HeatMap } from './heat/index.js';

/** More maps than this are not drawn: the most active are. */
export const mostDrawn = 144;

interface Size {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

const paper = [250, 249, 245] as const;
const ink = '#1b1f1d';
const soft = '#5d645f';

/** Letters of strokes: no fonts are needed. What they do not have is left out. */
const ascii = (text: string) => text.replaceAll('×', 'x').replaceAll(/[^\x20-\x7e]/g, '?');
const words = (x: number, y: number, text: string, options: Partial<Lettering> = {}) =>
  lettering(x, y, ascii(text), { color: ink, ...options });

const scaleOf = (wide: number, high: number, least: number) => Math.max(1, Math.ceil(least / Math.max(wide, high)));

/** An image as the model takes it, small ones enlarged so that every pixel is seen. */
export async function inputPng(image: Uint8Array, { width, height, channels }: Size): Promise<Buffer> {
  const factor = scaleOf(width, height, 224);
  return sharp(image, { raw: { width, height, channels: channels as 1 | 3 } })
    .toColourspace('srgb')
    .resize(width * factor, height * factor, { kernel: 'nearest' })
    .png()
    .toBuffer();
}

export interface FeatureMaps {
  readonly title: string;
  /** float32 `[count, height, width]` of one image. */
  readonly values: Float32Array;
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

export interface Plate {
  readonly png: Buffer;
  readonly drawn: number;
  readonly low: number;
  readonly high: number;
}

const tall = 54;
const margin = 14;

const short = (value: number) => (value === 0 ? '0' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(2));

/**
 * The feature maps of a layer as one picture: a tile each, all on one scale of colours, whose ends are the smallest number and
 * the one that a thousandth is above. Where there are too many, those with the largest spread.
 */
export async function plate({ title, values, count, width, height }: FeatureMaps): Promise<Plate> {
  const area = width * height;
  const spreadOf = (map: number) => {
    const one = values.subarray(map * area, (map + 1) * area);
    const mean = one.reduce((a, b) => a + b, 0) / area;
    return area === 1 ? Math.abs(mean) : one.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const all = Array.from({ length: count }, (_, map) => map);
  const chosen =
    count <= mostDrawn
      ? all
      : all
          .map((map) => ({ map, spread: spreadOf(map) }))
          .sort((a, b) => b.spread - a.spread || a.map - b.map)
          .slice(0, mostDrawn)
          .map(({ map }) => map)
          .sort((a, b) => a - b);
  const sorted = values.toSorted();
  const low = sorted[0]!;
  const high = Math.max(sorted[Math.floor((sorted.length - 1) * 0.999)]!, low);
  const factor = scaleOf(width, height, 56);
  const [wide, tile] = [width * factor, height * factor];
  const gap = 4;
  const columns = Math.max(1, Math.min(chosen.length, Math.round(Math.sqrt(chosen.length * 1.5 * (tile / wide)))));
  const rows = Math.ceil(chosen.length / columns);
  const across = Math.max(2 * margin + columns * (wide + gap) - gap, 420);
  const down = tall + rows * (tile + gap) - gap + margin;
  const pixels = new Uint8Array(across * down * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = paper[i % 3]!;
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 0);
  for (const [at, map] of chosen.entries()) {
    const [left, top] = [margin + (at % columns) * (wide + gap), tall + Math.floor(at / columns) * (tile + gap)];
    for (let y = 0; y < tile; y++) {
      for (let x = 0; x < wide; x++) {
        const value = values[map * area + Math.floor(y / factor) * width + Math.floor(x / factor)]!;
        pixels.set(colourAt(viridis, share(value)), ((top + y) * across + left + x) * 3);
      }
    }
  }
  // The scale, at the right of the second line.
  const bar = { left: across - margin - 120 - 44, top: 34, width: 120, height: 9 };
  for (let y = 0; y < bar.height; y++) {
    for (let x = 0; x < bar.width; x++) {
      pixels.set(colourAt(viridis, x / (bar.width - 1)), ((bar.top + y) * across + bar.left + x) * 3);
    }
  }
  const what = `${count === chosen.length ? `${count}` : `${chosen.length} of ${count}`} maps of ${width}x${height}`;
  const text = [
    words(margin, 22, title.length > 46 ? `${title.slice(0, 45)}...` : title, { height: 10, isBold: true }),
    words(margin, 43, what, { height: 8, color: soft }),
    words(bar.left - 6, 43, short(low), { height: 8, anchor: 'end', color: soft }),
    words(bar.left + bar.width + 6, 43, short(high), { height: 8, color: soft }),
  ].join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}"><title>${escapeXml(title)}</title>${text}</svg>`;
  const png = await sharp(pixels, { raw: { width: across, height: down, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .png({ palette: true, quality: 95, effort: 4 })
    .toBuffer();
  return { png, drawn: chosen.length, low, high };
}

/** A heat map over its image in gray, with the scale below, where it is to be there. */
export async function heatPng(
  map: HeatMap,
  image: Uint8Array,
  { width, height, channels }: Size,
  hasScale = true,
): Promise<Buffer> {
  const factor = scaleOf(width, height, 224);
  const [wide, high] = [width * factor, height * factor];
  const foot = hasScale ? 34 : 0;
  const down = high + foot;
  const pixels = new Uint8Array(wide * down * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = paper[i % 3]!;
  const gray = (pixel: number) => {
    if (channels === 1) return image[pixel]!;
    const [r, g, b] = image.subarray(pixel * channels, pixel * channels + 3) as unknown as [number, number, number];
    return 0.299 * r + 0.587 * g + 0.114 * b;
  };
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const pixel = Math.floor(y / factor) * width + Math.floor(x / factor);
      const share = map.values[pixel]!;
      const colour = colourAt(inferno, 0.08 + 0.9 * share);
      // Where nothing counts the image is dark and gray, so that what counts is bright.
      const strength = 0.25 + 0.5 * share;
      for (let c = 0; c < 3; c++) {
        pixels[(y * wide + x) * 3 + c] = Math.round(gray(pixel) * (1 - strength) + colour[c]! * strength);
      }
    }
  }
  if (!hasScale)
    return sharp(pixels, { raw: { width: wide, height: down, channels: 3 } })
      .png()
      .toBuffer();
  drawBar(pixels, wide, { left: 0, top: high + 8, width: wide, height: 8 }, inferno);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${down}">${words(4, high + 30, 'nothing', { height: 8, color: soft })}${words(wide - 4, high + 30, map.most, { height: 8, anchor: 'end', color: soft })}</svg>`;
  return sharp(pixels, { raw: { width: wide, height: down, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .png()
    .toBuffer();
}

function drawBar(
  pixels: Uint8Array,
  across: number,
  bar: { left: number; top: number; width: number; height: number },
  colours: Colours,
): void {
  for (let y = 0; y < bar.height; y++) {
    for (let x = 0; x < bar.width; x++) {
      const colour = colourAt(colours, 0.08 + (0.9 * x) / (bar.width - 1));
      pixels.set(colour, ((bar.top + y) * across + bar.left + x) * 3);
    }
  }
}
