import type { ImageShape, PreprocessingStep } from '../../../runtime/model/index.js';

/** Gray with all of its range used, from 0 to 1; what is gray already stays so. */
export const grayWithContrast = ([, , channels]: ImageShape): readonly PreprocessingStep[] => [
  ...(channels === 3 ? [{ kind: 'grayscale' } as const] : []),
  { kind: 'contrast' },
  { kind: 'scale', scale: 1 / 255, offset: 0 },
];
