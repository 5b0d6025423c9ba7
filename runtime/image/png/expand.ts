import { channelsOf, type PngHeader } from './header.js';

/** What turns stored samples into red, green, blue, alpha. */
export interface Expansion {
  readonly header: PngHeader;
  /** `PLTE`: red, green, blue, an entry after the other. */
  readonly palette: Uint8Array | undefined;
  /** `tRNS`: a palette's alphas, or the one colour (16 bits a sample) that is transparent. */
  readonly transparency: Uint8Array | undefined;
}

/** Writes one line's pixels: `count` of them, read at `at`, to every `step`-th pixel from `to` on (both in pixels). */
export type ExpandLine = (line: Uint8Array, at: number, count: number, to: number, step: number) => void;

/**
 * How a line of these samples becomes RGBA:
 * - samples under 8 bits of a gray image are spread over 0..255 (times 255, 85 or 17)
 * - of a 16-bit sample the high byte is taken, as libpng's `png_set_strip_16` and Pillow do
 * - a colour is compared with `tRNS` before that, with all its bits
 * - an index beyond the palette is opaque black
 */
export function expander({ header, palette, transparency }: Expansion, out: Uint8Array): ExpandLine {
  const { depth, color } = header;
  if (color === 'palette' || (color === 'gray' && depth <= 8)) {
    const colors = color === 'palette' ? paletteTable(palette, transparency) : grayTable(depth, transparency);
    return depth === 8 ? lookUp(colors, out) : lookUpBits(colors, depth, out);
  }
  const bytes = depth / 8;
  const stride = channelsOf[color] * bytes;
  const isGray = color === 'gray' || color === 'gray-alpha';
  const hasAlpha = color === 'gray-alpha' || color === 'rgba';
  const [green, blue] = isGray ? [0, 0] : [bytes, 2 * bytes];
  const alpha = stride - bytes;
  const clear = hasAlpha ? undefined : clearColor(transparency, isGray ? 1 : 3, bytes);
  return (line, at, count, to, step) => {
    for (let x = 0, o = to * 4; x < count; x++, at += stride, o += 4 * step) {
      out[o] = line[at]!;
      out[o + 1] = line[at + green]!;
      out[o + 2] = line[at + blue]!;
      out[o + 3] = hasAlpha ? line[at + alpha]! : clear && startsWith(line, at, clear) ? 0 : 255;
    }
  };
}

function startsWith(line: Uint8Array, at: number, sample: Uint8Array): boolean {
  for (let i = 0; i < sample.length; i++) if (line[at + i] !== sample[i]) return false;
  return true;
}

/** The transparent colour, laid out as a pixel is; undefined where none is. */
function clearColor(transparency: Uint8Array | undefined, channels: number, bytes: number): Uint8Array | undefined {
  if (!transparency || transparency.length < channels * 2) return undefined;
  return bytes === 2
    ? transparency.subarray(0, channels * 2)
    : Uint8Array.from({ length: channels }, (_, c) => transparency[c * 2 + 1]!);
}

function grayTable(depth: number, transparency: Uint8Array | undefined): Uint8Array {
  const levels = 1 << depth;
  const clear = transparency && transparency.length >= 2 ? (transparency[0]! << 8) | transparency[1]! : -1;
  const table = new Uint8Array(levels * 4);
  for (let v = 0; v < levels; v++) {
    const level = (v * 255) / (levels - 1);
    table.set([level, level, level, v === clear ? 0 : 255], v * 4);
  }
  return table;
}

function paletteTable(palette: Uint8Array | undefined, transparency: Uint8Array | undefined): Uint8Array {
  const table = new Uint8Array(256 * 4);
  for (let v = 0; v < 256; v++) {
    if (palette && v * 3 + 2 < palette.length) table.set(palette.subarray(v * 3, v * 3 + 3), v * 4);
    table[v * 4 + 3] = transparency?.[v] ?? 255;
  }
  return table;
}

function lookUp(colors: Uint8Array, out: Uint8Array): ExpandLine {
  return (line, at, count, to, step) => {
    for (let x = 0, o = to * 4; x < count; x++, o += 4 * step) {
      const c = line[at + x]! * 4;
      out[o] = colors[c]!;
      out[o + 1] = colors[c + 1]!;
      out[o + 2] = colors[c + 2]!;
      out[o + 3] = colors[c + 3]!;
    }
  };
}

function lookUpBits(colors: Uint8Array, depth: number, out: Uint8Array): ExpandLine {
  const mask = (1 << depth) - 1;
  return (line, at, count, to, step) => {
    for (let x = 0, bit = 0, o = to * 4; x < count; x++, bit += depth, o += 4 * step) {
      // The leftmost pixel stands in the high bits.
      const c = ((line[at + (bit >> 3)]! >> (8 - depth - (bit & 7))) & mask) * 4;
      out[o] = colors[c]!;
      out[o + 1] = colors[c + 1]!;
      out[o + 2] = colors[c + 2]!;
      out[o + 3] = colors[c + 3]!;
    }
  };
}
