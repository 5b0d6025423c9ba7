import { fromUtf8 } from '../../../runtime/common/index.js';

/** Reads little-endian fields one after another, and never past the end of what it was given. */
export interface Cursor {
  position: number;
  readonly end: number;
  skip(count: number): void;
  /** Moves on to a multiple of 8, counted from where the cursor started. */
  align8(): void;
  /** An unsigned number of 1 to 8 bytes; all bits set (an address of nothing) is `undefined`. */
  number(size: number): number;
  address(): number | undefined;
  /** An address or offset of the size that the file uses. */
  offset(): number;
  length(): number;
  bytes(count: number): Uint8Array;
  /** Text up to `count` bytes, without what follows a zero byte. */
  text(count: number): string;
  signature(expected: string): void;
}

export interface Sizes {
  readonly offsets: number;
  readonly lengths: number;
}

/** What is thrown inside these files; whoever calls them makes a sentence of it. */
export class Hdf5Error extends Error {}

/** Thrown for what an honest file may hold, and Keras does not write. */
export class UnreadHdf5Error extends Hdf5Error {
  constructor(what: string) {
    super(`${what}, which is not read`);
  }
}

export const untilZero = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return fromUtf8(end < 0 ? bytes : bytes.subarray(0, end));
};

/** @param end where what is read ends; default: the end of the file */
export function cursor(file: Uint8Array, start: number, sizes: Sizes, end = file.length): Cursor {
  if (!(start >= 0 && start <= end && end <= file.length)) {
    throw new Hdf5Error(`it points to byte ${Math.max(start, end)} of ${file.length}`);
  }
  const take = (count: number) => {
    const from = self.position;
    if (!(count >= 0) || from + count > end) throw new Hdf5Error(`it ends at byte ${end}, within a field`);
    self.position += count;
    return from;
  };
  const self: Cursor = {
    position: start,
    end,
    skip: (count) => void take(count),
    align8: () => {
      self.position = start + Math.ceil((self.position - start) / 8) * 8;
    },
    number: (size) => {
      const from = take(size);
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + file[from + i]!;
      return value;
    },
    address: () => {
      const from = self.position;
      const value = self.number(sizes.offsets);
      return file.subarray(from, from + sizes.offsets).every((byte) => byte === 0xff) ? undefined : value;
    },
    offset: () => self.number(sizes.offsets),
    length: () => self.number(sizes.lengths),
    bytes: (count) => {
      const from = take(count);
      return file.subarray(from, from + count);
    },
    text: (count) => untilZero(self.bytes(count)),
    signature: (expected) => {
      const found = self.text(expected.length);
      if (found !== expected) throw new Hdf5Error(`it has no ${expected} where one should be`);
    },
  };
  return self;
}
