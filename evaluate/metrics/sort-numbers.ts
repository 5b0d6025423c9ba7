/** With fewer numbers the built-in sort is as fast. */
const many = 1000;
const [bits, buckets] = [11, 2 ** 11];

/**
 * Sorts in place, ascending: by digits of 11 bits, the last ones first, many times as fast as comparing where there are many.
 * @param values none of them NaN
 * @returns the same array
 */
export function sortNumbers(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const { length } = values;
  if (length < many) return values.sort();
  let keys = new Uint32Array(values.buffer, values.byteOffset, length);
  let other = new Uint32Array(length);
  // As whole numbers positive floats are in order; negative ones, turned around, go before them.
  for (let i = 0; i < length; i++) keys[i]! ^= keys[i]! >>> 31 ? 0xffffffff : 0x80000000;
  for (let shift = 0; shift < 32; shift += bits) {
    const ends = new Uint32Array(buckets + 1);
    for (let i = 0; i < length; i++) ends[((keys[i]! >>> shift) & (buckets - 1)) + 1]!++;
    for (let bucket = 1; bucket < buckets; bucket++) ends[bucket]! += ends[bucket - 1]!;
    for (let i = 0; i < length; i++) other[ends[(keys[i]! >>> shift) & (buckets - 1)]!++] = keys[i]!;
    [keys, other] = [other, keys];
  }
  // After three passes they lie in the other array.
  for (let i = 0; i < length; i++) other[i] = keys[i]! ^ (keys[i]! >>> 31 ? 0x80000000 : 0xffffffff);
  return values;
}
