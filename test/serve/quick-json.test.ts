import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NumberList, parseWithNumbers } from '#onward/serve/v2/quick-json.js';

/** With every list as `JSON.parse` makes it. */
function plain(text: string): unknown {
  const value = parseWithNumbers(new TextEncoder().encode(text)) as { inputs?: { data?: unknown }[] } | null;
  if (value && Array.isArray(value.inputs)) {
    for (const input of value.inputs) {
      if (input?.data instanceof NumberList) input.data = Array.from(input.data.values);
    }
  }
  return value;
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer({ min: -255, max: 255 }),
  fc.double({ min: -1, max: 1, noNaN: true }).map((value) => Number(value.toPrecision(7))),
);
const space = fc.constantFrom('', ' ', '\n', '\t ', '\r\n');

describe('numbers read where they stand', () => {
  test('are those of JSON.parse, to the last bit', () => {
    const list = fc.array(number, { minLength: 60, maxLength: 200 });
    fc.assert(
      fc.property(fc.array(list, { maxLength: 3 }), space, space, fc.jsonValue(), (lists, a, b, other) => {
        const inputs = lists.map(
          (data) => `{"name":"x",${a}"data"${b}:${a}[${b}${data.map(String).join(`${a},${b}`)}${a}]}`,
        );
        const text = `{"id":${JSON.stringify(other)},${a}"inputs":${b}[${inputs.join()}],"data":${JSON.stringify(other)}}`;
        expect(plain(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 300 },
    );
  });

  test('a list is read at a glance where its numbers are short', () => {
    const text = JSON.stringify({ inputs: [{ data: Array.from({ length: 100 }, (_, i) => i / 8) }] });
    const { inputs } = parseWithNumbers(new TextEncoder().encode(text)) as { inputs: { data: NumberList }[] };
    expect(inputs[0]!.data).toBeInstanceOf(NumberList);
    expect(inputs[0]!.data.values[99]).toBe(99 / 8);
  });

  test.each(['01', '+1', '.5', '1.', '-', '1e', '0x1', 'NaN', '1 2', '', '--1', '1,,2', ']'])(
    'what JSON does not take is refused: %s',
    (wrong) => {
      for (const at of [0, 50, 99]) {
        const data = Array.from({ length: 100 }, (_, i) => (i === at ? wrong : '1'));
        const text = `{"inputs":[{"data":[${data.join()}]}]}`;
        expect(() => parseWithNumbers(new TextEncoder().encode(text))).toThrow(SyntaxError);
      }
    },
  );

  test('text that only looks like a list, or is cut anywhere, is what JSON.parse says', () => {
    const data = Array.from({ length: 80 }, (_, i) => i);
    const good = JSON.stringify({ id: `"data":[${data}]\\`, inputs: [{ name: 'data', data }, { data: [data] }] });
    expect(plain(good)).toEqual(JSON.parse(good));
    for (let length = 0; length < good.length; length++) {
      expect(() => parseWithNumbers(new TextEncoder().encode(good.slice(0, length)))).toThrow(SyntaxError);
    }
  });

  test('a place that somebody else made holds no list', () => {
    const data = Array.from({ length: 80 }, (_, i) => i);
    for (const inputs of [
      [{ data: { '\u0000': 0 } }, { data }],
      [{ data }, { data: { '\u0000': 0 } }],
      [{ data: { '\u0000': 1 } }],
    ]) {
      const text = JSON.stringify({ inputs });
      expect(plain(text)).toEqual(JSON.parse(text));
    }
  });

  test('whatever is changed in it, it is read as JSON.parse reads it', () => {
    const good = JSON.stringify({ inputs: [{ data: Array.from({ length: 70 }, (_, i) => -i / 4) }], parameters: {} });
    const change = fc.record({ at: fc.nat(good.length - 1), by: fc.constantFrom(...'[]{}",:\\0-e. 9'.split('')) });
    const said = (parse: () => unknown) => {
      try {
        return { value: parse() };
      } catch (error) {
        return { threw: (error as Error).name };
      }
    };
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const letters = good.split('');
        for (const { at, by } of changes) letters[at] = by;
        const text = letters.join('');
        expect(said(() => plain(text))).toEqual(said(() => JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });
});
