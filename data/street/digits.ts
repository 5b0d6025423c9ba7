import type { Random } from '../../runtime/common/index.js';
import { cover, light } from './backdrop.js';
import { type Canvas, type Colour, ramp } from './canvas.js';
import { bell, chance, nearLow } from './dice.js';
import { inkColour } from './palette.js';

/**
 * The digits on what is behind them: paint, enamel, metal or neon.
 * @param field signed distances from the outline, in heights of a digit
 * @param sharp points of the picture a height of a digit takes
 */
export function paintDigits(canvas: Canvas, random: Random, field: Float32Array, behind: Colour, sharp: number): void {
  const { side } = canvas;
  const bold = bell(random) * 0.022;
  const at = (x: number, y: number, index: number) => {
    const row = Math.min(side - 1, Math.max(0, Math.floor(index / side) - y));
    const column = Math.min(side - 1, Math.max(0, (index % side) - x));
    return field[row * side + column]!;
  };
  // The side of a thick letter, or its shadow on the wall.
  if (chance(random, 0.3)) {
    const steps = 1 + random.below(Math.max(1, Math.floor(sharp * 0.09)));
    const [dx, dy] = [random.below(3) - 1, chance(random, 0.85) ? 1 : 0];
    const dark = random.between(0.2, 0.75);
    const soft = sharp / random.between(1, 5);
    light(canvas, (i) => {
      let deepest = -1;
      for (let s = 1; s <= steps; s++) deepest = Math.max(deepest, at(dx * s, dy * s, i));
      return 1 - dark * ramp(0.5 + (deepest + bold) * soft);
    });
  }
  const ink = inkColour(random, behind);
  if (chance(random, 0.1)) {
    const rim = inkColour(random, chance(random, 0.5) ? ink : behind);
    const width = random.between(0.015, 0.07);
    cover(canvas, rim, (i) => ramp(0.5 + (field[i]! + bold + width) * sharp));
  }
  const hollow = chance(random, 0.05) ? random.between(0.02, 0.045) : 0;
  const [slopeX, slopeY] = chance(random, 0.4) ? [bell(random) * 0.7, bell(random) * 0.7] : [0, 0];
  const relief = chance(random, 0.2) ? bell(random) * 1.2 : 0;
  const worn = chance(random, 0.05) ? nearLow(random, 0.1, 0.6) : 0;
  const seed = random.below(1 << 24);
  const opacity = chance(random, 0.2) ? random.between(0.5, 1) : 1;
  const shaded = canvas.planes.map((plane) => plane.slice());
  for (let i = 0; i < field.length; i++) {
    const distance = field[i]! + bold;
    let alpha = ramp(0.5 + distance * sharp) * opacity;
    if (hollow > 0) alpha *= ramp(0.5 + (hollow - distance) * sharp);
    if (alpha <= 0) continue;
    if (worn > 0) {
      const hash =
        Math.imul(Math.floor(i / side / 2) * 73856093 + ((i % side) >> 1) * 19349663 + seed, 0x45d9f3b) >>> 8;
      if (hash / 0xffffff < worn * 0.5) alpha *= 1 - worn;
    }
    const x = (i % side) / side - 0.5;
    const y = Math.floor(i / side) / side - 0.5;
    let shade = 1 + slopeX * x + slopeY * y;
    if (relief !== 0)
      shade += relief * ramp(4 * Math.abs(at(1, 1, i) - at(-1, -1, i))) * (at(1, 1, i) > at(-1, -1, i) ? 0.5 : -0.5);
    for (const [c, plane] of canvas.planes.entries()) {
      plane[i] = shaded[c]![i]! + (ink[c]! * shade - shaded[c]![i]!) * alpha;
    }
  }
}
