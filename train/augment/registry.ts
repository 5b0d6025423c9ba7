import { affine } from './affine.js';
import { blur } from './blur.js';
import { brightness } from './brightness.js';
import { channelShift } from './channel-shift.js';
import { contrast } from './contrast.js';
import { crop } from './crop.js';
import { cutout } from './cutout.js';
import { erase } from './erase.js';
import { flip } from './flip.js';
import { gamma } from './gamma.js';
import { hue } from './hue.js';
import { invert } from './invert.js';
import { jpeg } from './jpeg.js';
import { noise } from './noise.js';
import { saturation } from './saturation.js';

/** Every augmentation. To add one, write it in a file and list it here. */
export const augmentations = {
  ...{ affine, crop, flip },
  ...{ brightness, channelShift, contrast, gamma, invert },
  ...{ hue, saturation },
  ...{ cutout, erase },
  ...{ blur, jpeg, noise },
} as const;
