import type { Random } from '../../runtime/common/index.js';
import { type Colour, luma } from './canvas.js';
import { bell, chance, nearLow, pick } from './dice.js';

/** Walls, doors, plates and posts. */
const grounds: readonly Colour[] = [
  [236, 232, 222], // plaster
  [214, 205, 188], // sandstone
  [196, 178, 150], // ochre
  [168, 168, 166], // concrete
  [128, 126, 122], // stone
  [152, 92, 72], // brick
  [120, 66, 52], // dark brick
  [118, 86, 60], // wood
  [78, 56, 42], // dark wood
  [60, 60, 64], // slate
  [32, 32, 34], // black
  [246, 246, 244], // white
  [40, 62, 112], // blue enamel
  [34, 78, 58], // green
  [96, 28, 30], // dark red
  [132, 148, 160], // gray blue
  [168, 172, 132], // moss
  [88, 96, 104],
];
/** Paint and metal of the digits. */
const inks: readonly Colour[] = [
  [250, 250, 246], // white
  [236, 228, 204], // cream
  [24, 24, 26], // black
  [52, 50, 50],
  [206, 170, 92], // brass
  [176, 138, 74], // old brass
  [196, 198, 200], // steel
  [120, 120, 122], // iron
  [88, 58, 40], // bronze
  [38, 58, 110], // blue
  [150, 36, 34], // red
  [36, 76, 56], // green
];

const vary = (random: Random, [red, green, blue]: Colour, by: number): Colour => {
  const light = bell(random) * by;
  return [
    red + light + bell(random) * by * 0.4,
    green + light + bell(random) * by * 0.4,
    blue + light + bell(random) * by * 0.4,
  ];
};

/** Mostly grayish, as things out of doors are. */
function anyColour(random: Random): Colour {
  const gray = random.between(20, 245);
  const strength = nearLow(random, 0, 1);
  return [gray, gray, gray].map((value) => value + (random.between(10, 245) - value) * strength) as unknown as Colour;
}

export const groundColour = (random: Random): Colour =>
  chance(random, 0.3) ? anyColour(random) : vary(random, pick(random, grounds), 40);

/** A colour for the digits that can be told from `ground`, if only just. */
export function inkColour(random: Random, ground: Colour): Colour {
  const least = random.between(40, 110);
  for (let tries = 0; tries < 8; tries++) {
    const ink = vary(random, pick(random, inks), 25);
    if (Math.abs(luma(ink) - luma(ground)) >= least) return ink;
  }
  return luma(ground) > 128 ? [26, 26, 28] : [240, 240, 236];
}
