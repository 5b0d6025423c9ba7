import { type Random, random } from '../../runtime/common/index.js';
import type { Atlas } from './atlas.js';
import { paintBackdrop } from './backdrop.js';
import { type Canvas, createCanvas, luma } from './canvas.js';
import { bell, chance, nearLow } from './dice.js';
import { paintDigits } from './digits.js';
import { damage } from './jpeg.js';
import { blur, illuminate, noise, resize } from './lens.js';
import { distances, layText, planeOf } from './text.js';

/** Height and width of every picture. */
export const side = 32;

/** The label of image `index`: every ten images have all ten digits, in an order of their own. */
export function labelOf(seed: number, index: number): number {
  return random('street-digits', seed, 'labels', Math.floor(index / 10)).permutation(10)[index % 10]!;
}

/**
 * Image `index` of a seed: a digit of a house's number as a camera in the street sees it, neighbours and all. A pure function of
 * its arguments and of the fonts, the same on every machine.
 * @returns uint8 `[32, 32, 3]`
 */
export function drawDigit(atlas: Atlas, seed: number, index: number): Uint8Array {
  const dice = random('street-digits', seed, index);
  const text = layText(dice, atlas, labelOf(seed, index));
  // Drawn at the size that the camera saw it, then brought to 32: small ones stay blurred.
  const seen = Math.floor(nearLow(dice, 12, 44));
  const canvas = createCanvas(seen);
  const [u, v, field] = [0, 1, 2].map(() => new Float32Array(seen * seen)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  planeOf(text, seen, u, v);
  distances(text, atlas, u, v, field);
  const behind = paintBackdrop(canvas, dice, text, u, v);
  paintDigits(canvas, dice, field, behind, seen * text.height);
  illuminate(canvas, dice);
  if (chance(dice, 0.7)) {
    const radius = 1 + nearLow(dice, 0, 0.12) * seen;
    const moved = chance(dice, 0.25) ? dice.between(0.4, 2) : 1;
    blur(canvas, radius * moved, radius);
  }
  expose(canvas, dice);
  if (chance(dice, 0.6)) noise(canvas, dice, nearLow(dice, 0, 14));
  if (chance(dice, 0.7)) damage(canvas, 20 + dice.below(70), -dice.below(8), -dice.below(8));
  const fitted = createCanvas(side);
  resize(canvas, side, fitted);
  if (chance(dice, 0.4)) repeatEdges(fitted, dice);
  return toBytes(fitted);
}

/** Haze, backlight, dusk: contrast and brightness of the photograph, as photographs of houses have them. */
function expose({ planes }: Canvas, dice: Random): void {
  const [red, green, blue] = planes;
  let [sum, squares] = [0, 0];
  for (let at = 0; at < red.length; at++) {
    const value = luma([red[at]!, green[at]!, blue[at]!]);
    sum += value;
    squares += value * value;
  }
  const mean = sum / red.length;
  const deviation = Math.sqrt(Math.max(1, squares / red.length - mean * mean));
  const wanted = nearLow(dice, 17, 72) + bell(dice) * 4;
  const gain = Math.min(2, Math.max(0.15, wanted / deviation));
  const target = dice.between(35, 210);
  const offset = mean * 0.25 + target * 0.75 - mean * gain;
  const [tintR, tintB] = [1 + bell(dice) * 0.12, 1 + bell(dice) * 0.12];
  for (let at = 0; at < red.length; at++) {
    red[at] = (red[at]! * gain + offset) * tintR;
    green[at] = green[at]! * gain + offset;
    blue[at] = (blue[at]! * gain + offset) * tintB;
  }
}

/** Where the photograph ends before the crop does, its last column or row goes on. */
function repeatEdges({ planes }: Canvas, dice: Random): void {
  const margin = () => (chance(dice, 0.45) ? dice.below(10) : 0);
  const [left, right] = [margin(), side - 1 - margin()];
  const [top, bottom] = chance(dice, 0.3) ? [dice.below(5), side - 1 - dice.below(5)] : [0, side - 1];
  for (const plane of planes) {
    const from = plane.slice();
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const r = Math.min(bottom, Math.max(top, row));
        plane[row * side + column] = from[r * side + Math.min(right, Math.max(left, column))]!;
      }
    }
  }
}

function toBytes({ planes }: Canvas): Uint8Array {
  const out = new Uint8Array(side * side * 3);
  for (const [c, plane] of planes.entries()) {
    for (let at = 0; at < plane.length; at++) {
      out[at * 3 + c] = Math.min(255, Math.max(0, Math.floor(plane[at]! + 0.5)));
    }
  }
  return out;
}
