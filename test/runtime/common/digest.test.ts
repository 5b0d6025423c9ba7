import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { sha256Hex } from 'onward/common';
import { describe, expect, it } from 'vitest';
import { nativeSha256Hex } from '#onward/runtime/common/digest-native.js';
import { portableSha256Hex } from '#onward/runtime/common/digest-portable.js';

/** Bytes as they come: a whole array, a part of one, memory that threads share. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(20)).map(([array, from]) => array.subarray(from)),
  fc.uint8Array({ maxLength: 100 }).map((array) => {
    const shared = new Uint8Array(new SharedArrayBuffer(array.length));
    shared.set(array);
    return shared;
  }),
);

describe('sha256Hex', () => {
  it('is Node’s own hash in Node', () => {
    expect(nativeSha256Hex).toBeTypeOf('function');
    expect(sha256Hex).toBe(nativeSha256Hex);
  });

  it('is the same in JavaScript, as in a browser, whatever the bytes and however they are cut', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
        const expected = createHash('sha256').update(Buffer.concat(parts)).digest('hex');
        expect(nativeSha256Hex!(...parts)).toBe(expected);
        expect(portableSha256Hex(...parts)).toBe(expected);
      }),
    );
  });
});
