import { activations } from './activations.js';
import type { Cases } from './case.js';
import { convolutions } from './convolutions.js';
import { core } from './core.js';
import { images } from './images.js';
import { merging } from './merging.js';
import { normalization } from './normalization.js';
import { pooling } from './pooling.js';
import { regularization } from './regularization.js';

const families: readonly Cases[] = [
  activations,
  convolutions,
  core,
  images,
  merging,
  normalization,
  pooling,
  regularization,
];

/** Every layer class that is not recurrent, by name. */
export const cases: Cases = new Map(families.flatMap((family) => [...family]));
