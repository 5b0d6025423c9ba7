import type { ServedModel } from '../models/index.js';

/** Who made a prediction, as its header `X-Onward-Model` says: `digits/2`. */
export const answeredBy = ({ name, version }: Pick<ServedModel, 'name' | 'version'>) => `${name}/${version}`;
