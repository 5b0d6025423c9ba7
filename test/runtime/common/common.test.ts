import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  closest,
  fromBase64,
  messageOf,
  OnwardError,
  random,
  seedOf,
  sha256Hex,
  toBase64,
  unknownName,
  utf8,
} from 'onward/common';
import { describe, expect, it } from 'vitest';

describe('closest', () => {
  const engines = ['ort-cpu', 'ort-cuda', 'web-wasm'];
  it.each([
    ['ort-cup', 'ort-cpu'],
    ['ORT-CPU', 'ort-cpu'],
    ['webwasm', 'web-wasm'],
    ['tensorrt', undefined],
    ['', undefined],
  ])('%j: %s', (word, expected) => {
    expect(closest(word, engines)).toBe(expected);
  });

  it('is part of what an unknown name says, with all that are known', () => {
    expect(unknownName('engine', 'ort-cup', engines)).toBe(
      'unknown engine "ort-cup": did you mean ort-cpu? Known: ort-cpu, ort-cuda, web-wasm',
    );
    expect(unknownName('engine', 'tensorrt', engines)).toBe(
      'unknown engine "tensorrt". Known: ort-cpu, ort-cuda, web-wasm',
    );
  });
});

describe('random', () => {
  it('gives the same numbers for the same seed, written down so that nobody changes them unawares', () => {
    const stream = random(1, 'shuffle', 2);
    expect([stream.next(), stream.below(1000), stream.between(-1, 1)]).toMatchInlineSnapshot(`
      [
        0.8150845519267023,
        237,
        -0.1291937599889934,
      ]
    `);
    expect([...random('order').permutation(8)]).toMatchInlineSnapshot(`
      [
        5,
        7,
        3,
        1,
        0,
        6,
        2,
        4,
      ]
    `);
    expect(seedOf(1, 'dropout', 2)).toMatchInlineSnapshot(`2473541265`);
  });

  it('keeps within its bounds, and permutes', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 300 }), (seed, n) => {
        const stream = random(seed);
        expect(stream.next()).toBeLessThan(1);
        expect(stream.below(n)).toBeLessThan(n);
        expect(Math.abs(stream.between(-n, n))).toBeLessThanOrEqual(n);
        expect(stream.permutation(n).toSorted()).toEqual(Uint32Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('tells seeds apart that are written alike', () => {
    const seeds = [[1, 23], [12, 3], ['1', '23', ''], ['123'], [], ['']].map((parts) => seedOf(...parts));
    expect(new Set(seeds.slice(0, 4)).size).toBe(4);
  });
});

it('sha256Hex is Node’s, of parts put together', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (parts) => {
      expect(sha256Hex(...parts)).toBe(createHash('sha256').update(Buffer.concat(parts)).digest('hex'));
    }),
  );
});

describe('base64', () => {
  it('is Node’s, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
    const large = new Uint8Array(200_000).fill(7);
    expect(fromBase64(toBase64(large))).toEqual(large);
  });

  it('throws on what is none', () => {
    expect(() => fromBase64('a*b')).toThrow();
    expect(() => fromBase64('abcde')).toThrow();
  });
});

it('utf8 is Node’s', () => {
  expect(Buffer.from(utf8('ça, 猫, 🐈'))).toEqual(Buffer.from('ça, 猫, 🐈'));
});

describe('errors', () => {
  it('have a kind, a message and a cause', () => {
    const cause = new Error('why');
    const error = new OnwardError('size', 'too large', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'OnwardError', kind: 'size', message: 'too large', cause });
  });

  it.each([
    [new Error(' one\n   two \r\n three '), 'one two three'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [{ toString: (): string => 'something' }, 'something'],
  ])('%s on one line', (thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});
