/** Bytes in the amounts that a format comes in, out of pieces of any size. */
export interface ByteReader {
  /** @throws CutOff when fewer are left */
  read(count: number): Promise<Buffer>;
  skip(count: number): Promise<void>;
}

/** The input ended in the middle of something. */
export class CutOff extends Error {}

export function byteReader(pieces: AsyncIterable<Uint8Array>): ByteReader {
  const source = pieces[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let size = 0;
  const need = async (count: number) => {
    while (size < count) {
      const next = await source.next();
      if (next.done) throw new CutOff(`${count - size} bytes more were expected`);
      held.push(next.value);
      size += next.value.length;
    }
  };
  const read = async (count: number) => {
    await need(count);
    const all = held.length === 1 ? Buffer.from(held[0]!.buffer, held[0]!.byteOffset, size) : Buffer.concat(held, size);
    size -= count;
    held = size > 0 ? [all.subarray(count)] : [];
    return all.subarray(0, count);
  };
  return {
    read,
    async skip(count) {
      for (let left = count; left > 0; ) {
        const part = Math.min(left, 1 << 20);
        await read(part);
        left -= part;
      }
    },
  };
}
