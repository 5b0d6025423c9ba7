import { z } from 'zod';
import type { ServedModel } from '../models/index.js';

/** Who made a prediction, as its header `X-Onward-Model` says: `digits/2`. */
export const answeredBy = ({ name, version }: Pick<ServedModel, 'name' | 'version'>) => `${name}/${version}`;

/** For the description. */
export const answeredByHeader = {
  'X-Onward-Model': { schema: z.string(), meaning: 'which model and version answered: `digits/2`' },
};
