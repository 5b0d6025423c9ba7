import { type Cursor, cursor, Hdf5Error, type Sizes, UnreadHdf5Error, untilZero } from './cursor.js';
import { readData } from './data.js';
import { type Datatype, numbersOf, readDataspace, readDatatype } from './datatype.js';
import { type Message, messageTypes, readHeader } from './header.js';

export { Hdf5Error, UnreadHdf5Error } from './cursor.js';

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

/**
 * Opens an HDF5 file as h5py writes it: groups, numbers and texts; https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html.
 * Everything is read when it is asked for. Runs in a browser.
 * @throws Hdf5Error here and in what comes back: damaged, or stored in a way that Keras does not use
 */
export function openHdf5(file: Uint8Array): H5Object {
  if (!isHdf5(file)) throw new Hdf5Error('it does not begin as an HDF5 file');
  const version = file[8]!;
  if (version > 3) throw new Hdf5Error(`it is of HDF5's version ${version}, and 0 to 3 are read`);
  const isOld = version < 2;
  const sizes: Sizes = isOld ? { offsets: file[13]!, lengths: file[14]! } : { offsets: file[9]!, lengths: file[10]! };
  if (![4, 8].includes(sizes.offsets) || ![4, 8].includes(sizes.lengths))
    throw new Hdf5Error('its addresses are of an odd size');
  const at = cursor(file, isOld ? (version === 0 ? 24 : 28) : 12, sizes);
  if (at.offset() !== 0) throw new Hdf5Error('it does not begin at its first byte');
  at.address();
  const end = at.offset();
  if (end > file.length) throw new Hdf5Error(`it should have ${end} bytes, and has ${file.length}`);
  // The driver's block, and the name of the root.
  if (isOld) at.skip(2 * sizes.offsets);
  return openObject(file, at.offset(), sizes);
}

function openObject(file: Uint8Array, address: number, sizes: Sizes): H5Object {
  const messages = readHeader(file, address, sizes);
  const find = (type: number) => messages.find((message) => message.type === type);
  const attributes = messages.filter(({ type }) => type === messageTypes.attribute);
  const [dataspace, datatype] = [find(messageTypes.dataspace), find(messageTypes.datatype)];
  return {
    attribute: (name) => {
      const dense = find(messageTypes.attributeInfo);
      for (const each of attributes) {
        const read = readAttribute(file, each.body(), sizes, name);
        if (read) return read;
      }
      if (dense && attributes.length === 0) requireNotDense(dense.body(), 'attributes');
      return undefined;
    },
    get members() {
      const entries = membersOf(file, messages, sizes);
      return new Map([...entries].map(([name, where]) => [name, () => openObject(file, where, sizes)]));
    },
    data:
      dataspace && datatype && find(messageTypes.layout)
        ? () => {
            const dims = readDataspace(dataspace.body());
            const type = readDatatype(datatype.body());
            const count = dims.reduce((a, b) => a * b, 1);
            return { dims, values: numbersOf(readData(file, messages, dims, type.size, sizes), type, count) };
          }
        : undefined,
  };
}

/** Many links or attributes lie in a heap of their own, in files of libver="latest" only. */
function requireNotDense(at: Cursor, what: string): void {
  at.skip(1);
  const flags = at.number(1);
  if (flags & 1) at.skip(what === 'links' ? 8 : 2);
  if (at.address() !== undefined) throw new UnreadHdf5Error(`its ${what} are stored in the way of libver="latest"`);
}

function membersOf(file: Uint8Array, messages: readonly Message[], sizes: Sizes): Map<string, number> {
  const members = new Map<string, number>();
  for (const { type, body } of messages) {
    if (type === messageTypes.symbolTable) {
      const at = body();
      const [tree, heap] = [at.offset(), at.offset()];
      readSymbols(file, tree, heapData(file, heap, sizes), sizes, members);
    } else if (type === messageTypes.link) readLink(body(), members);
    else if (type === messageTypes.linkInfo) requireNotDense(body(), 'links');
  }
  return members;
}

function heapData(file: Uint8Array, address: number, sizes: Sizes): Uint8Array {
  const at = cursor(file, address, sizes);
  at.signature('HEAP');
  at.skip(4);
  const length = at.length();
  at.length();
  return cursor(file, at.offset(), sizes).bytes(length);
}

function readSymbols(
  file: Uint8Array,
  address: number,
  names: Uint8Array,
  sizes: Sizes,
  members: Map<string, number>,
  level?: number,
): void {
  const at = cursor(file, address, sizes);
  at.signature('TREE');
  at.skip(1);
  const own = at.number(1);
  if (level !== undefined && own !== level) throw new Hdf5Error('a group is not in order');
  const entries = at.number(2);
  at.skip(2 * sizes.offsets);
  for (let i = 0; i < entries; i++) {
    at.length();
    const child = at.offset();
    if (own > 0) readSymbols(file, child, names, sizes, members, own - 1);
    else readSymbolNode(file, child, names, sizes, members);
  }
}

function readSymbolNode(
  file: Uint8Array,
  address: number,
  names: Uint8Array,
  sizes: Sizes,
  members: Map<string, number>,
): void {
  const at = cursor(file, address, sizes);
  at.signature('SNOD');
  at.skip(2);
  const entries = at.number(2);
  for (let i = 0; i < entries; i++) {
    const name = untilZero(names.subarray(at.offset()));
    const where = at.address();
    at.skip(24);
    if (where !== undefined) members.set(name, where);
  }
}

function readLink(at: Cursor, members: Map<string, number>): void {
  at.skip(1);
  const flags = at.number(1);
  const kind = flags & 8 ? at.number(1) : 0;
  if (flags & 4) at.skip(8);
  if (flags & 16) at.skip(1);
  const name = at.text(at.number(1 << (flags & 3)));
  // What lies elsewhere, or in another file, is not followed.
  if (kind === 0) members.set(name, at.offset());
}

function readAttribute(file: Uint8Array, at: Cursor, sizes: Sizes, wanted: string): (string | number)[] | undefined {
  const version = at.number(1);
  at.skip(1);
  const [nameSize, typeSize, spaceSize] = [at.number(2), at.number(2), at.number(2)];
  if (version === 3) at.skip(1);
  const align = () => {
    if (version === 1) at.align8();
  };
  const name = at.text(nameSize);
  if (name !== wanted) return undefined;
  align();
  const typeAt = at.position;
  at.skip(typeSize);
  align();
  const spaceAt = at.position;
  at.skip(spaceSize);
  align();
  const type = readDatatype(cursor(file, typeAt, sizes, typeAt + typeSize));
  const dims = readDataspace(cursor(file, spaceAt, sizes, spaceAt + spaceSize));
  const count = dims.reduce((a, b) => a * b, 1);
  return elements(file, at.bytes(count * type.size), type, count, sizes);
}

function elements(
  file: Uint8Array,
  bytes: Uint8Array,
  type: Datatype,
  count: number,
  sizes: Sizes,
): (string | number)[] {
  if (type.kind !== 'text' && type.kind !== 'heap-text') return [...numbersOf(bytes, type, count)];
  return Array.from({ length: count }, (_, i) => {
    const element = bytes.subarray(i * type.size, (i + 1) * type.size);
    return type.kind === 'text' ? untilZero(element) : heapText(file, element, sizes);
  });
}

/** A text of any length lies in a global heap; what stands in its place is its length and where. */
function heapText(file: Uint8Array, element: Uint8Array, sizes: Sizes): string {
  const reference = cursor(element, 0, sizes);
  const length = reference.number(4);
  const address = reference.offset();
  const index = reference.number(4);
  if (length === 0) return '';
  const at = cursor(file, address, sizes);
  at.signature('GCOL');
  at.skip(4);
  const end = address + at.length();
  while (at.position < end) {
    const found = at.number(2);
    at.skip(6);
    const size = at.length();
    if (found === index) return untilZero(at.bytes(Math.min(size, length)));
    // Object 0 is what is free, to the end.
    if (found === 0) break;
    at.skip(Math.ceil(size / 8) * 8);
  }
  throw new Hdf5Error('a text is not where it should be');
}
