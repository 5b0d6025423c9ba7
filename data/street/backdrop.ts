import type { Random } from '../../runtime/common/index.js';
import { type Canvas, type Colour, ramp } from './canvas.js';
import { bell, chance, nearLow, turn } from './dice.js';
import { groundColour } from './palette.js';
import type { Text } from './text.js';

/** One layer of paint over the canvas: `alpha` of a colour at every point. */
export function cover({ planes }: Canvas, colour: Colour, alpha: (at: number) => number): void {
  const [red, green, blue] = planes;
  for (let at = 0; at < red.length; at++) {
    const a = alpha(at);
    if (a <= 0) continue;
    red[at] = red[at]! + (colour[0] - red[at]!) * a;
    green[at] = green[at]! + (colour[1] - green[at]!) * a;
    blue[at] = blue[at]! + (colour[2] - blue[at]!) * a;
  }
}

/** Light falls unevenly: every point times `factor`. */
export function light({ planes }: Canvas, factor: (at: number) => number): void {
  for (let at = 0; at < planes[0].length; at++) {
    const f = factor(at);
    for (const plane of planes) plane[at] = plane[at]! * f;
  }
}

/** What the number hangs on. @returns the colour right behind the digits */
export function paintBackdrop(canvas: Canvas, random: Random, text: Text, u: Float32Array, v: Float32Array): Colour {
  const wall = groundColour(random);
  for (const [i, plane] of canvas.planes.entries()) plane.fill(wall[i]!);
  const sharp = canvas.side * text.height;
  const kind = random.next();
  if (kind < 0.12) bricks(canvas, random, u, v, sharp);
  else if (kind < 0.24) boards(canvas, random, u, v, sharp);
  if (chance(random, 0.25)) clutter(canvas, random);
  if (chance(random, 0.5)) grain(canvas, random, nearLow(random, 3, 34));
  let behind = wall;
  if (chance(random, 0.34)) behind = plate(canvas, random, text, u, v, sharp);
  else if (chance(random, 0.08)) behind = tiles(canvas, random, text, u, v, sharp);
  return behind;
}

/** Joints between bricks or tiles, in the plane of the number. */
function bricks(canvas: Canvas, random: Random, u: Float32Array, v: Float32Array, sharp: number): void {
  const height = random.between(0.25, 1.1);
  const width = height * random.between(1, 3);
  const half = random.between(0.01, 0.05);
  const offset = chance(random, 0.6) ? 0.5 : 0;
  const [u0, v0] = [random.next(), random.next()];
  const joint = groundColour(random);
  const strength = random.between(0.3, 1);
  const spread = random.between(0, 0.25);
  const seed = random.below(1 << 24);
  light(canvas, (at) => {
    const row = Math.floor(v[at]! / height + v0);
    const column = Math.floor(u[at]! / width + u0 + (row & 1) * offset);
    const hash = Math.imul(row * 73856093 + column * 19349663 + seed, 0x45d9f3b) >>> 8;
    return 1 + (hash / 0xffffff - 0.5) * spread;
  });
  cover(canvas, joint, (at) => {
    const y = v[at]! / height + v0;
    const row = Math.floor(y);
    const x = u[at]! / width + u0 + (row & 1) * offset;
    const toRow = (0.5 - Math.abs(y - row - 0.5)) * height;
    const toColumn = (0.5 - Math.abs(x - Math.floor(x) - 0.5)) * width;
    return ramp(0.5 + (half - Math.min(toRow, toColumn)) * sharp) * strength;
  });
}

/** Boards or siding: bands with a shadow at each lower edge. */
function boards(canvas: Canvas, random: Random, u: Float32Array, v: Float32Array, sharp: number): void {
  const along = chance(random, 0.7) ? v : u;
  const period = random.between(0.3, 1.6);
  const phase = random.next();
  const depth = random.between(0.2, 0.7);
  const width = random.between(0.02, 0.09);
  const slope = bell(random) * 0.25;
  light(canvas, (at) => {
    const y = along[at]! / period + phase;
    const within = y - Math.floor(y);
    return (1 + slope * (within - 0.5)) * (1 - depth * ramp((width - within * period) * sharp + 0.5));
  });
}

/** A plate with or without a border; what was painted before stays around it. */
function plate(canvas: Canvas, random: Random, { box }: Text, u: Float32Array, v: Float32Array, sharp: number): Colour {
  const colour = groundColour(random);
  const [padX, padY] = [random.between(0.08, 0.7), random.between(0.06, 0.45)];
  const round = chance(random, 0.5) ? random.between(0.02, 0.3) : 0.01;
  const [midU, midV] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const [halfU, halfV] = [(box.right - box.left) / 2 + padX - round, (box.bottom - box.top) / 2 + padY - round];
  const inside = (at: number) => {
    const x = Math.abs(u[at]! - midU) - halfU;
    const y = Math.abs(v[at]! - midV) - halfV;
    const outer = Math.sqrt(Math.max(x, 0) * Math.max(x, 0) + Math.max(y, 0) * Math.max(y, 0));
    return round - outer - Math.min(Math.max(x, y), 0);
  };
  if (chance(random, 0.4)) {
    const [dx, dy, soft] = [bell(random) * 0.15, random.between(0, 0.15), random.between(0.02, 0.2)];
    const dark = random.between(0.2, 0.7);
    light(canvas, (at) => 1 - dark * ramp(0.5 + (inside(at) + Math.abs(dx) / 2 + dy) / soft));
  }
  cover(canvas, colour, (at) => ramp(0.5 + inside(at) * sharp));
  if (chance(random, 0.5)) {
    const border = groundColour(random);
    const half = random.between(0.012, 0.06);
    const inset = chance(random, 0.4) ? half : random.between(half, Math.max(half, Math.min(padX, padY) * 0.8));
    cover(canvas, border, (at) => ramp(0.5 + (half - Math.abs(inside(at) - inset)) * sharp));
  }
  return colour;
}

/** A tile for every digit. */
function tiles(
  canvas: Canvas,
  random: Random,
  { digits }: Text,
  u: Float32Array,
  v: Float32Array,
  sharp: number,
): Colour {
  const colour = groundColour(random);
  const pad = random.between(0.06, 0.2);
  const half = Math.max(...digits.map(({ glyph }) => glyph.width)) / 2 + pad;
  cover(canvas, colour, (at) => {
    let inside = -1;
    for (const { x, y } of digits) {
      inside = Math.max(inside, Math.min(half - Math.abs(u[at]! - x), 0.5 + pad - Math.abs(v[at]! - y)));
    }
    return ramp(0.5 + inside * sharp);
  });
  return colour;
}

/** Edges of doors, posts, leaves: bars across the picture, and soft spots. */
function clutter(canvas: Canvas, random: Random): void {
  const { side } = canvas;
  for (let n = 1 + random.below(3); n > 0; n--) {
    const colour = groundColour(random);
    const { cos, sin } = turn(
      chance(random, 0.7) ? bell(random) * 0.2 + (chance(random, 0.5) ? 0 : 2) : random.between(-3, 3),
    );
    const [x0, y0] = [random.next(), random.next()];
    const half = nearLow(random, 0.02, 0.5);
    const sharp = side * random.between(0.1, 1);
    const strength = random.between(0.3, 1);
    const long = chance(random, 0.7) ? 9 : random.between(0.05, 0.5);
    cover(canvas, colour, (at) => {
      const y = Math.floor(at / side);
      const x = (at - y * side + 0.5) / side - x0;
      const z = (y + 0.5) / side - y0;
      const across = half - Math.abs(cos * x + sin * z);
      const lengthwise = long - Math.abs(cos * z - sin * x);
      return ramp(0.5 + Math.min(across, lengthwise) * sharp) * strength;
    });
  }
}

/** Uneven paint, stone, wood: noise of several sizes. */
export function grain({ side, planes }: Canvas, random: Random, strength: number): void {
  const cells = 2 + random.below(Math.max(2, Math.floor(side / 2)));
  const stretchX = chance(random, 0.3) ? random.between(0.15, 0.5) : 1;
  const [across, down] = [Math.max(1, Math.floor(cells * stretchX)), cells];
  const grid = Float32Array.from({ length: (across + 2) * (down + 2) }, () => bell(random) * strength);
  for (let row = 0, at = 0; row < side; row++) {
    const y = (row / side) * down;
    const r = Math.floor(y);
    const fy = y - r;
    for (let column = 0; column < side; column++, at++) {
      const x = (column / side) * across;
      const c = Math.floor(x);
      const fx = x - c;
      const i = r * (across + 2) + c;
      const upper = grid[i]! + (grid[i + 1]! - grid[i]!) * fx;
      const lower = grid[i + across + 2]! + (grid[i + across + 3]! - grid[i + across + 2]!) * fx;
      const value = upper + (lower - upper) * fy;
      for (const plane of planes) plane[at] = plane[at]! + value;
    }
  }
}
