import { type Cursor, cursor, Hdf5Error, type Sizes, UnreadHdf5Error } from './cursor.js';

/** One message of an object header: what it is, and where its body lies. */
export interface Message {
  readonly type: number;
  body(): Cursor;
}

/** https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html, IV.A.2 */
export const messageTypes = {
  dataspace: 0x1,
  linkInfo: 0x2,
  datatype: 0x3,
  link: 0x6,
  layout: 0x8,
  filters: 0xb,
  attribute: 0xc,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** No object has more blocks of messages; a damaged file must not lead in circles. */
const mostBlocks = 10_000;

/** All messages of the object whose header lies at an address. */
export function readHeader(file: Uint8Array, address: number, sizes: Sizes): Message[] {
  const start = cursor(file, address, sizes);
  const isNew = start.number(1) !== 1;
  return isNew ? newHeader(file, address, sizes) : oldHeader(file, address, sizes);
}

interface Block {
  readonly start: number;
  readonly end: number;
}

function collect(
  file: Uint8Array,
  sizes: Sizes,
  first: Block,
  nextMessage: (at: Cursor) => { type: number; size: number; flags: number } | undefined,
  continued: (start: number, length: number) => Block,
): Message[] {
  const messages: Message[] = [];
  const blocks = [first];
  for (const block of blocks) {
    if (blocks.length > mostBlocks) throw new Hdf5Error('an object header leads in circles');
    const at = cursor(file, block.start, sizes, block.end);
    for (let head = nextMessage(at); head; head = nextMessage(at)) {
      const { type, size, flags } = head;
      const from = at.position;
      at.skip(size);
      if (type === messageTypes.continuation) {
        const where = cursor(file, from, sizes, from + size);
        blocks.push(continued(where.offset(), where.length()));
      } else if ((flags & 2) !== 0 && type === messageTypes.datatype) {
        throw new UnreadHdf5Error('it names its data types');
      } else messages.push({ type, body: () => cursor(file, from, sizes, from + size) });
    }
  }
  return messages;
}

function oldHeader(file: Uint8Array, address: number, sizes: Sizes): Message[] {
  const at = cursor(file, address, sizes);
  at.skip(8);
  const size = at.number(4);
  const start = address + 16;
  return collect(
    file,
    sizes,
    { start, end: start + size },
    (within) => {
      if (within.end - within.position < 8) return undefined;
      const [type, length, flags] = [within.number(2), within.number(2), within.number(1)];
      within.skip(3);
      return { type, size: length, flags };
    },
    (from, length) => ({ start: from, end: from + length }),
  );
}

function newHeader(file: Uint8Array, address: number, sizes: Sizes): Message[] {
  const at = cursor(file, address, sizes);
  at.signature('OHDR');
  at.skip(1);
  const flags = at.number(1);
  if (flags & 0x20) at.skip(16);
  if (flags & 0x10) at.skip(4);
  const size = at.number(1 << (flags & 3));
  const start = at.position;
  const ordered = (flags & 4) !== 0;
  return collect(
    file,
    sizes,
    { start, end: start + size },
    (within) => {
      if (within.end - within.position < (ordered ? 6 : 4)) return undefined;
      const [type, length, messageFlags] = [within.number(1), within.number(2), within.number(1)];
      if (ordered) within.skip(2);
      return { type, size: length, flags: messageFlags };
    },
    (from, length) => {
      cursor(file, from, sizes).signature('OCHK');
      // The block ends in a checksum.
      return { start: from + 4, end: from + length - 4 };
    },
  );
}
