/** Memory for one input of a batch that grows to the largest batch and is used again. */
export function createBuffer(): (bytes: number) => Uint8Array<ArrayBuffer> {
  let memory = new ArrayBuffer(0);
  return (bytes) => {
    if (memory.byteLength < bytes) {
      let size = 4096;
      while (size < bytes) size *= 2;
      memory = new ArrayBuffer(size);
    }
    return new Uint8Array(memory, 0, bytes);
  };
}
