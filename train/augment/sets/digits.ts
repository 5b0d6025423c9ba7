import { affine } from '../affine.js';
import type { Augmentation, ImageShape } from '../augmentation.js';
import { channelShift } from '../channel-shift.js';
import { invert } from '../invert.js';

/**
 * For digits, letters and signs: small turns, no mirror images, and nothing sideways, where in a street number the neighbour
 * stands. Black on white is as good as white on black.
 */
export const digits = (_shape?: ImageShape): readonly Augmentation[] => [
  affine({ rotation: 10, heightShift: 0.08, shear: 8, zoom: 0.1 }),
  channelShift({ range: 30 }),
  invert({ probability: 0.5 }),
];
