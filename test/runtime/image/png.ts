import { crc32, deflateSync } from 'node:zlib';

/** A PNG put together from its parts, so that every kind there is can be tested. */
export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  readonly color?: number;
  readonly interlaced?: boolean;
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
  /** Raw value of sample `channel` at x, y: `0 .. 2^depth - 1`. */
  readonly sample: (x: number, y: number, channel: number) => number;
  /** The filter of line y; default: 0..4 in turn. */
  readonly filter?: (y: number) => number;
  /** Further chunks after IHDR. */
  readonly extra?: readonly Uint8Array[];
}

export function chunk(type: string, data: Uint8Array | readonly number[]): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

export function ihdr(width: number, height: number, depth = 8, color = 6, interlaced = false): Uint8Array {
  const data = new Uint8Array(13);
  new DataView(data.buffer).setUint32(0, width);
  new DataView(data.buffer).setUint32(4, height);
  data.set([depth, color, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

export const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function png(parts: PngParts): Uint8Array {
  const { width, height, depth = 8, color = 6, interlaced = false, palette, transparency, extra = [] } = parts;
  const lines: number[] = [];
  for (const [x0, y0, dx, dy] of interlaced ? adam7 : ([[0, 0, 1, 1]] as const)) {
    let above: number[] = [];
    if (x0 >= width) continue;
    for (let y = y0, row = 0; y < height; y += dy, row++) {
      const line = packLine(parts, depth, channels[color]!, x0, dx, y);
      const filter = parts.filter ? parts.filter(row) : row % 5;
      const step = Math.max(1, (channels[color]! * depth) >> 3);
      lines.push(filter, ...line.map((value, i) => (value - predict(filter, line, above, i, step)) & 255));
      above = line;
    }
  }
  const data = deflateSync(Uint8Array.from(lines));
  const middle = data.length >> 1;
  return join(
    signature,
    ihdr(width, height, depth, color, interlaced),
    ...extra,
    ...(palette ? [chunk('PLTE', palette)] : []),
    ...(transparency ? [chunk('tRNS', transparency)] : []),
    // In two, as large pictures have it.
    chunk('IDAT', data.subarray(0, middle)),
    chunk('IDAT', data.subarray(middle)),
    chunk('IEND', []),
  );
}

function packLine(parts: PngParts, depth: number, channelCount: number, x0: number, dx: number, y: number): number[] {
  let bits = '';
  for (let x = x0; x < parts.width; x += dx) {
    for (let c = 0; c < channelCount; c++) bits += parts.sample(x, y, c).toString(2).padStart(depth, '0');
  }
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}

function predict(filter: number, line: readonly number[], above: readonly number[], i: number, step: number): number {
  const left = line[i - step] ?? 0;
  const up = above[i] ?? 0;
  const corner = above[i - step] ?? 0;
  if (filter === 4) {
    const p = left + up - corner;
    const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
    return a <= b && a <= c ? left : b <= c ? up : corner;
  }
  return [0, left, up, (left + up) >> 1][filter]!;
}
