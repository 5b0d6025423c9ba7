import type { Random } from '../../runtime/common/index.js';
import { type Atlas, cellsAHeight, type Glyph } from './atlas.js';
import { bell, chance, nearLow, turn } from './dice.js';
import { reach } from './distance-field.js';

/** A digit of the number: where its middle is, in heights of a digit from the middle of the one that counts. */
export interface Placed {
  readonly glyph: Glyph;
  readonly x: number;
  readonly y: number;
}

/** The number, and how the picture's points map to its plane. */
export interface Text {
  readonly digits: readonly Placed[];
  /** Its box, in heights of a digit. */
  readonly box: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Rows u, v, w: of a point (x, y, 1) in shares of the picture's side, whose place in the plane is u/w, v/w. */
  readonly map: readonly number[];
  /** Sides of the picture that a height of a digit takes. */
  readonly height: number;
}

/** How many digits numbers have, each as often as it stands here. */
const lengths = [1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 5] as const;

export function layText(random: Random, atlas: Atlas, label: number): Text {
  const font = random.below(atlas.fonts.length);
  const glyphOf = (digit: number) => atlas.glyphs[font * 10 + digit]!;
  const count = lengths[random.below(lengths.length)]!;
  const which = random.below(count);
  const values = Array.from({ length: count }, (_, i) => (i === which ? label : random.below(10)));
  // By the font's own spacing, or each screwed on by itself.
  const single = chance(random, 0.5);
  const gap = single ? nearLow(random, 0.02, 0.3) : bell(random) * 0.05 + 0.02;
  const wobble = single && chance(random, 0.4) ? 0.06 : 0;
  const slope = chance(random, 0.06) ? bell(random) * 0.5 : 0;
  const upright = count > 1 && chance(random, 0.03);

  const xs: number[] = [];
  let pen = 0;
  for (const [i, value] of values.entries()) {
    const { width, advance, middle } = glyphOf(value);
    if (single) {
      if (i > 0) pen += gap;
      xs.push(pen + width / 2);
      pen += width;
    } else {
      xs.push(pen + middle);
      pen += advance + gap;
    }
  }
  const origin = xs[which]!;
  const digits = values.map((value, i) => {
    const glyph = glyphOf(value);
    if (upright) return { glyph, x: 0, y: (i - which) * (1.12 + gap) };
    return { glyph, x: xs[i]! - origin, y: slope * (xs[i]! - origin) + (i === which ? 0 : wobble * bell(random)) };
  });
  const box = {
    left: Math.min(...digits.map(({ glyph, x }) => x - glyph.width / 2)),
    right: Math.max(...digits.map(({ glyph, x }) => x + glyph.width / 2)),
    top: Math.min(...digits.map(({ y }) => y)) - 0.5,
    bottom: Math.max(...digits.map(({ y }) => y)) + 0.5,
  };

  const height = 0.7 + bell(random) * 0.32;
  const stretch = 0.87 + bell(random) * 0.33;
  const angle = bell(random) * (chance(random, 0.12) ? 0.6 : 0.2);
  const { cos, sin } = turn(angle);
  const slant = chance(random, 0.3) ? bell(random) * 0.5 : bell(random) * 0.12;
  const own = digits[which]!.glyph;
  // Its outline's middle is where the crop's middle is, more or less.
  const ownY = own.top + own.rows / 2 / cellsAHeight;
  const [midX, midY] = [0.5 + bell(random) * 0.22, 0.5 + bell(random) * 0.14];
  // (x, y) -> turned -> sheared and scaled.
  const [a, b] = [cos / (height * stretch), sin / (height * stretch)];
  const [c, d] = [-sin / height, cos / height];
  const linear = [a + slant * c, b + slant * d, c, d] as const;
  const tilt = chance(random, 0.5) ? 0.35 : 0.1;
  const [p, q] = [bell(random) * tilt, bell(random) * tilt];
  const shiftU = -(linear[0] * midX + linear[1] * midY);
  const shiftV = -(linear[2] * midX + linear[3] * midY);
  const shiftW = 1 - p * midX - q * midY;
  // v counts from the digit's own middle.
  const map = [
    ...[linear[0], linear[1], shiftU],
    ...[linear[2] + ownY * p, linear[3] + ownY * q, shiftV + ownY * shiftW],
    ...[p, q, shiftW],
  ];
  return { digits, box, map, height };
}

/** For every point of the picture, its place in the number's plane. */
export function planeOf({ map }: Text, side: number, u: Float32Array, v: Float32Array): void {
  for (let row = 0, at = 0; row < side; row++) {
    const y = (row + 0.5) / side;
    for (let column = 0; column < side; column++, at++) {
      const x = (column + 0.5) / side;
      const per = 1 / Math.max(0.2, map[6]! * x + map[7]! * y + map[8]!);
      u[at] = (map[0]! * x + map[1]! * y + map[2]!) * per;
      v[at] = (map[3]! * x + map[4]! * y + map[5]!) * per;
    }
  }
}

/** The signed distance from the number's outline at every point, in heights of a digit; `-reach` and less where it is far. */
export function distances(text: Text, { fields }: Atlas, u: Float32Array, v: Float32Array, out: Float32Array): void {
  out.fill(-reach);
  for (const { glyph, x, y } of text.digits) {
    const { offset, columns, rows } = glyph;
    const left = x + glyph.left;
    const top = y + glyph.top;
    for (let at = 0; at < out.length; at++) {
      const column = (u[at]! - left) * cellsAHeight - 0.5;
      const row = (v[at]! - top) * cellsAHeight - 0.5;
      if (!(column >= 0 && row >= 0 && column < columns - 1 && row < rows - 1)) continue;
      const c = Math.floor(column);
      const r = Math.floor(row);
      const fc = column - c;
      const fr = row - r;
      const i = offset + r * columns + c;
      const upper = fields[i]! + (fields[i + 1]! - fields[i]!) * fc;
      const lower = fields[i + columns]! + (fields[i + columns + 1]! - fields[i + columns]!) * fc;
      const distance = ((upper + (lower - upper) * fr - 128) / 127) * reach;
      if (distance > out[at]!) out[at] = distance;
    }
  }
}
