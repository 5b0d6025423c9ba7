import type { Dataset, File, Group } from 'h5wasm';
import { OnwardError } from '../../runtime/common/index.js';

/** The library that reads HDF5: 15 MB, so whoever reads such a file brings it. https://github.com/usnistgov/h5wasm */
export type Hdf5Library = Pick<typeof import('h5wasm'), 'ready' | 'File'>;

/** A group or a dataset. */
export interface H5Object {
  /** Texts or numbers; undefined where there is no such attribute. */
  attribute(name: string): readonly (string | number)[] | undefined;
  /** Of a group: what is in it, by name; empty for a dataset. */
  readonly members: ReadonlyMap<string, () => H5Object>;
  /** Of a dataset: its sizes and its numbers, row by row. */
  readonly data: (() => { readonly dims: readonly number[]; readonly values: Float32Array }) | undefined;
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export const isHdf5 = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte);

function wrap(object: Group | Dataset): H5Object {
  return {
    attribute(name) {
      if (!(name in object.attrs)) return undefined;
      const value = object.attrs[name]!.json_value;
      return [value].flat(9) as (string | number)[];
    },
    members: new Map('keys' in object ? object.keys().map((name) => [name, () => member(object, name)]) : []),
    data: 'keys' in object ? undefined : () => numbersOf(object),
  };
}

function member(group: Group, name: string): H5Object {
  const found = group.get(name);
  if (found && 'attrs' in found && ('keys' in found || 'value' in found)) return wrap(found as Group | Dataset);
  throw new Error(`"${name}" is neither a group nor numbers`);
}

function numbersOf(dataset: Dataset) {
  const { value, shape } = dataset;
  if (typeof value === 'number') return { dims: [], values: Float32Array.of(value) };
  if (!ArrayBuffer.isView(value)) throw new Error(`"${dataset.path}" holds no numbers`);
  return { dims: shape ?? [], values: Float32Array.from(value as Float32Array) };
}

/** The library's messages are a stack of its own functions; the last line says why. */
function lastReason(thrown: unknown): Error {
  const lines = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
  return new Error(
    lines
      .findLast((line) => line.trim() !== '')
      ?.replace(/^\s*minor:\s*/, '')
      .trim() ?? 'unknown',
  );
}

let serial = 0;

/**
 * Opens an HDF5 file for as long as `read` runs. Runs in a browser.
 * @throws whatever `read` throws; an Error with HDF5's reason for a damaged file
 */
export async function withHdf5<T>(
  bytes: Uint8Array,
  load: () => Promise<Hdf5Library>,
  read: (root: H5Object) => T,
): Promise<T> {
  const library = await load();
  const module = await library.ready;
  // Errors are thrown then; else they are printed.
  module.activate_throwing_error_handler();
  const name = `onward-${serial++}.h5`;
  module.FS.writeFile(name, bytes);
  let file: File | undefined;
  try {
    file = new library.File(name, 'r');
    return read(wrap(file));
  } catch (error) {
    throw error instanceof OnwardError ? error : lastReason(error);
  } finally {
    try {
      file?.close();
    } finally {
      module.FS.unlink(name);
    }
  }
}
