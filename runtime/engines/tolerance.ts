import type { LoadedModel } from '../model/index.js';
import type { Engine } from './engine.js';

/** Max |Δp| that an engine may be from the backend that trained: float32 sums in another order, and a GPU's faster exp. */
export const tolerance = { cpu: 1e-5, gpu: 1e-4 } as const;

/** Float16 keeps 11 bits of every weight and every sum, on whatever engine: networks of random weights were 1.1e-2 off. */
const ofFloat16 = 3e-2;

/** Max |Δp| that an engine may be from the backend that trained, on this model. */
export const toleranceOf = (
  engine: Pick<Engine, 'tolerance'>,
  { precision }: Pick<LoadedModel, 'precision'>,
): number => (precision === 'float16' ? Math.max(engine.tolerance, ofFloat16) : engine.tolerance);
