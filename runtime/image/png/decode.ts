import { unzlibSync } from 'fflate';
import { messageOf } from '../../common/index.js';
import { damaged } from '../damaged.js';
import type { Rgba } from '../rgba.js';
import { type Chunk, readChunks } from './chunks.js';
import { expander } from './expand.js';
import { channelsOf, type PngHeader, readPngHeader } from './header.js';
import { unfilter } from './unfilter.js';

/** Adam7: of each pass the first column and line, and the steps (PNG specification, 8). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const whole = [[0, 0, 1, 1]] as const;

/**
 * Any PNG to 8-bit RGBA, with the pixels as stored: gamma, colour profile and orientation are not applied here. Pure
 * JavaScript, so that Node and every browser give the same bytes. What there is on npm misreads interlaced images with
 * fewer than 8 bits, takes cut-off data for black, and inflates colour profiles that nobody asked for.
 *
 * @throws OnwardError kind `input` when it is damaged or cut off
 */
export function decodePng(bytes: Uint8Array, name = 'the image'): Rgba {
  const header = readPngHeader(bytes);
  if (typeof header === 'string') throw damaged(name, 'png', header);
  const chunks = readChunks(bytes);
  if (typeof chunks === 'string') throw damaged(name, 'png', chunks);
  const image = decodeChunks(header, chunks);
  if (typeof image === 'string') throw damaged(name, 'png', image);
  return image;
}

function decodeChunks(header: PngHeader, chunks: readonly Chunk[]): Rgba | string {
  const { width, height, depth, color, interlaced } = header;
  const one = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const palette = one('PLTE');
  if (color === 'palette' && !palette) return 'its palette is missing';

  const bits = channelsOf[color] * depth;
  const passes = (interlaced ? adam7 : whole)
    .map(([x, y, dx, dy]) => {
      const columns = Math.ceil((width - x) / dx);
      return { x, y, dx, dy, columns, rows: Math.ceil((height - y) / dy), stride: Math.ceil((columns * bits) / 8) };
    })
    .filter((pass) => pass.columns > 0 && pass.rows > 0);
  const size = passes.reduce((sum, pass) => sum + pass.rows * (1 + pass.stride), 0);
  const lines = inflate(join(chunks), size);
  if (typeof lines === 'string') return lines;

  const out = new Uint8Array(width * height * 4);
  const expand = expander({ header, palette, transparency: one('tRNS') }, out);
  let at = 0;
  for (const { x, y, dx, dy, columns, rows, stride } of passes) {
    const wrong = unfilter(lines, at, rows, stride, Math.max(1, bits >> 3));
    if (wrong) return wrong;
    for (let row = 0; row < rows; row++, at += 1 + stride)
      expand(lines, at + 1, columns, (y + row * dy) * width + x, dx);
  }
  return { width, height, data: out };
}

/** The `IDAT` chunks as one. */
function join(chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks.filter((chunk) => chunk.type === 'IDAT').map((chunk) => chunk.data);
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @returns `size` bytes, or what is wrong. More than `size` are dropped, as libpng does. */
function inflate(data: Uint8Array, size: number): Uint8Array | string {
  const short = 'its pixel data are too short';
  // Deflate shrinks to 1/1032 at best: a header that claims more than that is not worth an allocation.
  if (size > data.length * 1032) return short;
  try {
    const lines = unzlibSync(data, { out: new Uint8Array(size) });
    return lines.length < size ? short : lines;
  } catch (thrown) {
    return `its pixel data cannot be decompressed: ${messageOf(thrown)}`;
  }
}
