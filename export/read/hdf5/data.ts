import { unzlibSync } from 'fflate';
import { cursor, Hdf5Error, type Sizes, UnreadHdf5Error } from './cursor.js';
import { type Message, messageTypes } from './header.js';

interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

const filterIds = { deflate: 1, shuffle: 2, fletcher32: 3 } as const;

function readFilters(message: Message | undefined): Filter[] {
  if (!message) return [];
  const at = message.body();
  const version = at.number(1);
  const count = at.number(1);
  if (version === 1) at.skip(6);
  return Array.from({ length: count }, () => {
    const id = at.number(2);
    const nameLength = version === 1 || id >= 256 ? at.number(2) : 0;
    at.skip(2);
    const values = at.number(2);
    at.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    const read = Array.from({ length: values }, () => at.number(4));
    if (version === 1 && values % 2 === 1) at.skip(4);
    return { id, values: read };
  });
}

/** Bytes of one place of all elements stand together; they go back to their elements. */
function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / size);
  const result = new Uint8Array(bytes);
  for (let place = 0; place < size; place++) {
    for (let i = 0; i < count; i++) result[i * size + place] = bytes[place * count + i]!;
  }
  return result;
}

/** @param length of what comes out: never more, whatever a compressed chunk says */
function unfilter(stored: Uint8Array, filters: readonly Filter[], mask: number, length: number, size: number) {
  let bytes = stored;
  for (const [i, { id, values }] of [...filters.entries()].reverse()) {
    if (mask & (1 << i)) continue;
    if (id === filterIds.deflate) bytes = unzlibSync(bytes, { out: new Uint8Array(length + 4) });
    else if (id === filterIds.shuffle) bytes = unshuffle(bytes, values[0] ?? size);
    else if (id === filterIds.fletcher32) bytes = bytes.subarray(0, bytes.length - 4);
    else throw new Hdf5Error(`its numbers are packed with filter ${id}, and deflate and shuffle are read`);
  }
  if (bytes.length < length) throw new Hdf5Error('a chunk is shorter than it says');
  return bytes;
}

interface Chunk {
  readonly at: readonly number[];
  readonly bytes: Uint8Array;
  readonly mask: number;
}

/** The chunks under a node of a version 1 B-tree. */
function chunksUnder(file: Uint8Array, address: number, rank: number, sizes: Sizes, level?: number): Chunk[] {
  const at = cursor(file, address, sizes);
  at.signature('TREE');
  at.skip(1);
  const own = at.number(1);
  // Levels fall by one, so that no damaged file leads in circles.
  if (level !== undefined && own !== level) throw new Hdf5Error('a tree of chunks is not in order');
  const entries = at.number(2);
  at.skip(2 * sizes.offsets);
  const chunks: Chunk[] = [];
  for (let i = 0; i < entries; i++) {
    const [length, mask] = [at.number(4), at.number(4)];
    const place = Array.from({ length: rank + 1 }, () => at.number(8)).slice(0, rank);
    const child = at.offset();
    if (own > 0) chunks.push(...chunksUnder(file, child, rank, sizes, own - 1));
    else chunks.push({ at: place, bytes: cursor(file, child, sizes).bytes(length), mask });
  }
  return chunks;
}

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** Copies a chunk to where it belongs, without what of it lies outside. */
function place(
  chunk: Uint8Array,
  at: readonly number[],
  chunkDims: readonly number[],
  dims: readonly number[],
  size: number,
  into: Uint8Array,
) {
  const rank = dims.length;
  const inside = chunkDims.map((length, axis) => Math.min(length, dims[axis]! - at[axis]!));
  if (inside.some((length) => length <= 0)) return;
  const rows = product(inside.slice(0, -1));
  for (let row = 0; row < rows; row++) {
    let [rest, from, to] = [row, 0, 0];
    const index = new Array<number>(rank).fill(0);
    for (let axis = rank - 2; axis >= 0; axis--) {
      index[axis] = rest % inside[axis]!;
      rest = Math.floor(rest / inside[axis]!);
    }
    for (let axis = 0; axis < rank; axis++) {
      from = from * chunkDims[axis]! + index[axis]!;
      to = to * dims[axis]! + at[axis]! + index[axis]!;
    }
    into.set(chunk.subarray(from * size, (from + inside[rank - 1]!) * size), to * size);
  }
}

/** Deflate makes nothing more than about a thousand times smaller: what says more is no honest file. */
const mostInflation = 1100;

/**
 * The bytes of a dataset, row by row.
 * @throws Hdf5Error when they are not all in the file, or stored in a way that Keras does not use
 */
export function readData(
  file: Uint8Array,
  messages: readonly Message[],
  dims: readonly number[],
  size: number,
  sizes: Sizes,
): Uint8Array {
  const layout = messages.find(({ type }) => type === messageTypes.layout);
  if (!layout) throw new Hdf5Error('a dataset does not say where it lies');
  const length = product(dims) * size;
  const at = layout.body();
  const version = at.number(1);
  if (version !== 3 && version !== 4)
    throw new Hdf5Error(`it has datasets of layout version ${version}, and 3 and 4 are read`);
  const kind = at.number(1);
  if (kind === 0) return requireLength(at.bytes(at.number(2)), length);
  if (kind === 1) {
    const address = at.address();
    // Nothing was written: zeros, but no more of them than an honest file has.
    if (address === undefined) return new Uint8Array(requireHonest(length, file));
    return cursor(file, address, sizes).bytes(length);
  }
  if (kind !== 2 || version !== 3) throw new UnreadHdf5Error('its datasets are chunked in the way of libver="latest"');
  const rank = at.number(1) - 1;
  if (rank !== dims.length) throw new Hdf5Error('the chunks of a dataset have other dimensions than it');
  const tree = at.address();
  const chunkDims = Array.from({ length: rank }, () => at.number(4));
  const result = new Uint8Array(requireHonest(length, file));
  if (tree === undefined) return result;
  const filters = readFilters(messages.find(({ type }) => type === messageTypes.filters));
  const chunkLength = requireHonest(product(chunkDims) * size, file);
  for (const chunk of chunksUnder(file, tree, rank, sizes)) {
    const bytes = unfilter(chunk.bytes, filters, chunk.mask, chunkLength, size);
    place(bytes, chunk.at, chunkDims, dims, size, result);
  }
  return result;
}

function requireLength(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  throw new Hdf5Error(`a dataset of ${length} bytes has ${bytes.length}`);
}

function requireHonest(length: number, file: Uint8Array): number {
  if (length <= file.length * mostInflation) return length;
  throw new Hdf5Error(`a dataset says that it has ${length} bytes in a file of ${file.length}`);
}
