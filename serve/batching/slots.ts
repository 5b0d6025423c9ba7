/** A piece of shared memory that one request fills and one worker reads. */
export interface Slot {
  /** Threads that have seen the number keep the buffer; below 0 it is used once. */
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
  /** The request's part of it. */
  readonly bytes: Uint8Array;
  /** Once no thread reads it any more; calling twice is fine. */
  release(): void;
}

export interface Slots {
  take(bytes: number): Slot;
  /** Bytes of all buffers that are kept. */
  readonly kept: number;
}

/** Sizes are powers of two from here, so that requests of about the same size share buffers. */
const smallest = 4096;
/** Larger ones are rare and are not kept. */
const largest = 1024 * 1024;
/** No more is kept than so many bytes: beyond it slots are used once. */
const most = 64 * 1024 * 1024;

/** Shared memory that is used again: allocating it for every request costs more than filling it. */
export function createSlots(): Slots {
  const free = new Map<number, { id: number; buffer: SharedArrayBuffer }[]>();
  let made = 0;
  let once = 0;
  let kept = 0;

  function take(bytes: number): Slot {
    let size = smallest;
    while (size < bytes) size *= 2;
    const spare = free.get(size)?.pop();
    if (spare) return slotOf(spare, bytes);
    const keep = size <= largest && kept + size <= most;
    if (!keep) return slotOf({ id: --once, buffer: new SharedArrayBuffer(Math.max(1, bytes)) }, bytes);
    kept += size;
    return slotOf({ id: made++, buffer: new SharedArrayBuffer(size) }, bytes);
  }

  function slotOf(memory: { id: number; buffer: SharedArrayBuffer }, bytes: number): Slot {
    let released = false;
    return {
      id: memory.id,
      buffer: memory.buffer,
      bytes: new Uint8Array(memory.buffer, 0, bytes),
      release() {
        if (released || memory.id < 0) return;
        released = true;
        const size = memory.buffer.byteLength;
        const list = free.get(size);
        // The last one used first: it is still in the processor's cache, and what is never needed is never touched.
        if (list) list.push(memory);
        else free.set(size, [memory]);
      },
    };
  }

  return {
    take,
    get kept() {
      return kept;
    },
  };
}
