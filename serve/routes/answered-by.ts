import type { ServedModel } from '../models/index.js';

/** The header by which every prediction says who made it: `X-Onward-Model: digits/2`. */
export const answeredBy = ({ name, version }: Pick<ServedModel, 'name' | 'version'>) => ({
  'X-Onward-Model': `${name}/${version}`,
});
