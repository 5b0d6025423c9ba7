import { fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelProtoSchema } from 'onnx-buf';
import { encodeModel, type Graph, type Initializer, type Metadata, sealModel } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { graph, metadata, node } from './small.js';

const initializer = fc
  .record({ name: fc.string({ minLength: 1 }), bytes: fc.uint8Array({ maxLength: 40 }) })
  .map(({ name, bytes }): Initializer => ({ name, type: 'uint8', dims: [bytes.length], bytes }));

const graphs = fc
  .record({
    name: fc.string(),
    opset: fc.integer({ min: 13, max: 22 }),
    initializers: fc.uniqueArray(initializer, { maxLength: 5, selector: ({ name }) => name }),
    nodes: fc.array(fc.constantFrom(node('Relu', ['a'], 'b'), node('Add', ['a', 'b'], 'c')), { maxLength: 3 }),
  })
  .map(
    ({ initializers, ...rest }): Graph => ({
      ...graph,
      ...rest,
      initializers: new Map(initializers.map((each) => [each.name, each])),
    }),
  );

describe('encodeModel', () => {
  it('writes byte for byte what the protobuf library writes', () => {
    const entries = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 });
    fc.assert(
      fc.property(graphs, entries, (each, metadataProps) => {
        const bytes = encodeModel(each, metadataProps, '1.2.3');
        const model = fromBinary(ModelProtoSchema, bytes);
        expect(model.$unknown).toBeUndefined();
        expect(model.graph!.initializer.map(({ name, rawData }) => [name, [...rawData]])).toEqual(
          [...each.initializers.values()].map((tensor) => [tensor.name, [...tensor.bytes]]),
        );
        expect(Buffer.from(toBinary(ModelProtoSchema, model)).equals(bytes)).toBe(true);
      }),
    );
  });
});

describe('a model of more than 2 GiB', () => {
  /** Weights that say how large they are, and have no memory: whoever reads or copies them fails otherwise than expected. */
  const weights = (name: string, byteLength: number): Initializer => ({
    name,
    type: 'float32',
    dims: [byteLength / 4],
    bytes: { byteLength, length: byteLength } as Uint8Array,
  });
  const huge = (...sizes: number[]): Graph => ({
    ...graph,
    initializers: new Map(sizes.map((size, i) => [`w${i}`, weights(`w${i}`, size)])),
  });
  const noGolden: Metadata = { ...metadata, golden: undefined };

  it.each([[[2.4e9]], [[1.2e9, 1.2e9]]])('of %j bytes is refused in one sentence, before it is read', (sizes) => {
    const sentence =
      'the model would be a file of 2.4 GB, and an ONNX file in one piece holds less than 2 GiB (2.1 GB); make the model smaller';
    const refusal = expect.objectContaining({ name: 'OnwardError', kind: 'input', message: sentence });
    expect(() => encodeModel(huge(...sizes), [], '1')).toThrow(refusal);
    expect(() => sealModel(huge(...sizes), noGolden, '1')).toThrow(refusal);
  });

  it('counts what stands around the weights too', () => {
    expect(() => encodeModel(huge(2 ** 31 - 20), [], '1')).toThrow(/less than 2 GiB/);
  });
});
