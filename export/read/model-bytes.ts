import { OnwardError } from '../../runtime/common/index.js';
import { isHdf5 } from './hdf5/index.js';
import { readKerasH5 } from './keras-h5.js';
import { isZip, readKerasZip } from './keras-zip.js';
import type { LayersModel } from './layers-model.js';

/** Which kind of file a layers model came from. */
export type ModelFormat = 'run' | 'model.json' | 'h5' | 'keras';

export interface ReadBytesOptions {
  /** For messages: the file's path or address. Default: `the file`. */
  readonly name?: string;
}

/** An error about what is in a file, with the file's name before it. */
export function about<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OnwardError) || error.message.includes(name)) throw error;
    throw new OnwardError(error.kind, `${name}: ${error.message}`, { cause: error });
  }
}

/** What a file is by its first bytes; undefined for none of Keras'. */
export const formatOf = (bytes: Uint8Array): 'h5' | 'keras' | undefined =>
  isHdf5(bytes) ? 'h5' : isZip(bytes) ? 'keras' : undefined;

/**
 * A Keras file of either kind, by what is in it: `.h5` or `.keras`. Runs in a browser.
 * @throws OnwardError kind `input` for other files, and for damaged ones
 */
export function readModelBytes(bytes: Uint8Array, { name = 'the file' }: ReadBytesOptions = {}): LayersModel {
  const format = formatOf(bytes);
  if (format) return about(name, () => (format === 'h5' ? readKerasH5(bytes) : readKerasZip(bytes)));
  const what = bytes.length === 0 ? 'an empty file' : 'neither';
  throw new OnwardError(
    'input',
    `${name}: expected a Keras .h5 or .keras file, got ${what}; save one with Keras' model.save`,
  );
}
