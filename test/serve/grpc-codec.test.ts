import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCodec } from '#onward/serve/grpc/codec.js';
import { contentsBytes } from '#onward/serve/grpc/contents.js';
import { inference } from '#onward/serve/grpc/descriptor.js';
import { inferBytes } from './grpc-client.js';

const codec = createCodec(inference);
const bytes = fc.uint8Array({ maxLength: 40 }).map((list) => Buffer.from(list));
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1, max: 300 }));
const text = fc.string({ unit: 'grapheme', maxLength: 40 });

test('reads what protobufjs writes', () => {
  const parameter = fc.oneof(
    fc.boolean().map((bool_param) => ({ bool_param })),
    whole.map((int64_param) => ({ int64_param })),
    text.map((string_param) => ({ string_param })),
    fc.double({ noNaN: true }).map((double_param) => ({ double_param })),
  );
  const parameters = fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    parameter,
    { maxKeys: 3, noNullPrototype: true },
  );
  const request = fc.record({
    ...{ model_name: text, model_version: text, id: text, parameters },
    inputs: fc.array(fc.record({ name: text, datatype: text, shape: fc.array(whole, { maxLength: 5 }), parameters }), {
      maxLength: 3,
    }),
    outputs: fc.array(fc.record({ name: text, parameters }), { maxLength: 3 }),
    raw_input_contents: fc.array(bytes, { maxLength: 3 }),
  });
  const plain = (value: unknown): unknown => {
    if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, inner]) => [key, plain(inner)]));
    if (value instanceof Uint8Array) return Buffer.from(value);
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  };
  fc.assert(
    fc.property(request, (given) => {
      expect(plain(codec.decode('ModelInferRequest', inferBytes(given)))).toEqual(given);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test.each([
  ['INT8', 'int_contents', Int8Array, -128, 127],
  ['INT32', 'int_contents', Int32Array, -(2 ** 31), 2 ** 31 - 1],
  ['UINT16', 'uint_contents', Uint16Array, 0, 2 ** 16 - 1],
  ['UINT32', 'uint_contents', Uint32Array, 0, 2 ** 32 - 1],
] as const)('typed contents of %s are the same packed, in pieces and one by one', (datatype, field, List, min, max) => {
  const { id } = inference.InferTensorContents.fields[field];
  const write = (writer: BinaryWriter, value: number) => (min < 0 ? writer.int32(value) : writer.uint32(value));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.array(fc.integer({ min, max }), { maxLength: 9 }))), (pieces) => {
      const writer = new BinaryWriter();
      for (const [packed, values] of pieces) {
        if (packed) {
          writer.tag(id, WireType.LengthDelimited).fork();
          for (const value of values) write(writer, value);
          writer.join();
        } else for (const value of values) write(writer.tag(id, WireType.Varint), value);
      }
      const got = contentsBytes(writer.finish(), datatype, 'x', 1e6)!;
      const expected = List.from(pieces.flatMap(([, values]) => values));
      expect(Buffer.from(got)).toEqual(Buffer.from(expected.buffer));
    }),
    { seed: 1, numRuns: 100 },
  );
});

test('writes answers that a reader of the format reads', () => {
  const shape = [2, -1, 2 ** 40];
  const written = codec.encode('TensorMetadata', { name: 'ü', datatype: '', shape });
  const reader = new BinaryReader(written);
  expect([reader.tag(), reader.string()]).toEqual([[1, WireType.LengthDelimited], 'ü']);
  for (const size of shape) {
    expect([reader.tag(), Number(reader.int64())]).toEqual([[3, WireType.Varint], size]);
  }
  expect(reader.pos).toBe(reader.len);
  expect(codec.decode('TensorMetadata', written)).toEqual({ name: 'ü', datatype: '', shape });
});
