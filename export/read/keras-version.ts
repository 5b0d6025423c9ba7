import { OnwardError } from '../../runtime/common/index.js';
import type { Origin } from './layers-model.js';

/** The last major version whose topologies are known. */
const newest = 3;

/** Who computes what a Keras file predicts: the Keras that wrote it. */
export const kerasOrigin = (version: unknown): Origin =>
  Number.parseInt(String(version ?? ''), 10) >= 3 ? 'keras-3' : 'keras-2';

/** @throws OnwardError kind `input` for what a later Keras wrote */
export function requireKnownKeras(version: unknown): void {
  const major = Number.parseInt(String(version ?? ''), 10);
  if (!(major > newest)) return;
  throw new OnwardError(
    'input',
    `it was saved by Keras ${String(version).slice(0, 20)}, and versions 1 to ${newest} are read; save it with Keras ${newest}`,
  );
}
