import { type ImageShape, type PreprocessingStep, usualSteps } from '../../../runtime/model/index.js';

/** Gray with all of its range used, from 0 to 1; what is gray already stays so. */
export const grayWithContrast = ([, , channels]: ImageShape): readonly PreprocessingStep[] => [
  ...(channels === 3 ? [{ kind: 'grayscale' } as const] : []),
  { kind: 'contrast' },
  ...usualSteps.unit,
];
