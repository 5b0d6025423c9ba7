import { concat } from './concat.js';
import type { Dataset } from './dataset.js';
import type { OpenedSource } from './source.js';

/** All images of a source, whatever parts it comes in: train, then val, then test. */
export function wholeOf({ name, train, val, test }: OpenedSource): Dataset {
  if (!val && !test) return train;
  return concat([train, ...(val ? [val] : []), ...(test ? [test] : [])], name);
}
