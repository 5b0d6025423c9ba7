import fc from 'fast-check';
import { graphBuilder } from 'onward/export';
import { importPeer } from 'onward/machine';
import { encodeModel, type ImageShape, type PreprocessingStep, preprocess, preprocessedShape } from 'onward/model';
import { recipes } from 'onward/train';
import { describe, expect, it } from 'vitest';
import { preprocessingNodes } from '#onward/export/preprocessing.js';

const scale = (factor: number, offset: number): PreprocessingStep => ({ kind: 'scale', scale: factor, offset });
const all = Uint8Array.from({ length: 256 }, (_, i) => i);
const square: ImageShape = [16, 16, 1];

/** The nodes of the exported graph, on images of a shape. */
async function inGraph(steps: readonly PreprocessingStep[], images: Uint8Array, shape: ImageShape) {
  const builder = graphBuilder(['image', 'end']);
  builder.node('Identity', 'out', [preprocessingNodes(builder, 'image', steps, shape)]);
  const graph = builder.finish({
    name: 'preprocessing',
    opset: 17,
    inputs: [{ name: 'image', type: 'uint8', dims: ['N', ...shape] }],
    outputs: [{ name: 'out', type: 'float32', dims: ['N', ...preprocessedShape(shape, steps)] }],
  });
  const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
  const session = await InferenceSession.create(encodeModel(graph, [], ''), { logSeverityLevel: 4 });
  const count = images.length / shape.reduce((a, b) => a * b);
  const { out } = await session.run({ image: new Tensor('uint8', images, [count, ...shape]) });
  await session.release();
  return out!.data as Float32Array;
}

const bits = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Two images of random bytes of a random shape, some of one colour. */
const images = (channels: fc.Arbitrary<1 | 3>) =>
  fc
    .record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }), channels })
    .chain((size) => {
      const shape: ImageShape = [size.height, size.width, size.channels];
      const length = 2 * size.height * size.width * size.channels;
      const bytes = fc.oneof(
        fc.uint8Array({ minLength: length, maxLength: length }),
        fc.integer({ min: 0, max: 255 }).map((value) => new Uint8Array(length).fill(value)),
      );
      return bytes.map((bytes) => ({ shape, bytes }));
    });
const three = fc.constant<3>(3);
const any = fc.constantFrom<1 | 3>(1, 3);

describe('preprocessing computes the same bits in training and in the graph', () => {
  it.each<[string, readonly PreprocessingStep[]]>([
    ['nothing', []],
    ['0 to 1', [scale(1 / 255, 0)]],
    ['-1 to 1', [scale(1 / 127.5, -1)]],
    ['statistics of ImageNet', [scale(1 / 255, 0), scale(1 / 0.229, -0.485 / 0.229)]],
    ['numbers that no float has', [scale(0.1, 0.2), scale(1 / 3, -1 / 7)]],
    ...recipes
      .filter(
        ({ channels, preprocessing }) =>
          channels !== 3 && preprocessing(square).every(({ kind }) => kind !== 'standardize'),
      )
      .map(
        (recipe) =>
          [`the recipe ${recipe.name}`, recipe.preprocessing(square)] as [string, readonly PreprocessingStep[]],
      ),
  ])('%s', async (_, steps) => {
    expect(Buffer.compare(bits(await inGraph(steps, all, square)), bits(preprocess(all, steps, square)))).toBe(0);
  });

  it.each<[string, fc.Arbitrary<1 | 3>, readonly PreprocessingStep[]]>([
    ['gray of colours', three, [{ kind: 'grayscale' }]],
    ['contrast', any, [{ kind: 'contrast' }]],
    ['gray, contrast, -1 to 1', three, [{ kind: 'grayscale' }, { kind: 'contrast' }, scale(1 / 127.5, -1)]],
    [
      'the channels of Caffe',
      three,
      [{ kind: 'reverse-channels' }, { kind: 'normalize', mean: [103.939, 116.779, 123.68], std: [1, 1, 1] }],
    ],
    [
      'a mean and a deviation a channel',
      three,
      [scale(1 / 255, 0), { kind: 'normalize', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }],
    ],
  ])('%s, on any images', async (_, channels, steps) => {
    await fc.assert(
      fc.asyncProperty(images(channels), async ({ shape, bytes }) => {
        const expected = preprocess(bytes, steps, shape);
        expect(Buffer.compare(bits(await inGraph(steps, bytes, shape)), bits(expected))).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('and rounds after each operation', () => {
    const [value] = preprocess(Uint8Array.of(7), [scale(0.1, 0.2)], [1, 1, 1]);
    expect(value).toBe(Math.fround(Math.fround(7 * Math.fround(0.1)) + Math.fround(0.2)));
  });
});

it('standardises each image by itself, near to the bit', async () => {
  const steps: PreprocessingStep[] = [{ kind: 'standardize' }];
  await fc.assert(
    fc.asyncProperty(images(any), async ({ shape, bytes }) => {
      const expected = preprocess(bytes, steps, shape);
      const actual = await inGraph(steps, bytes, shape);
      for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(1e-4);
    }),
    { numRuns: 25 },
  );
});

it('gray is what the luma of BT.601 says, and contrast goes from black to white', () => {
  const gray = preprocess(
    Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255),
    [{ kind: 'grayscale' }],
    [2, 2, 3],
  );
  expect([...gray].map((value) => Math.round(value * 100) / 100)).toEqual([255, 76.24, 149.69, 29.07]);
  const stretched = preprocess(Uint8Array.of(50, 60, 100, 70, 70, 70), [{ kind: 'contrast' }], [3, 1, 1]);
  expect([...stretched].map(Math.round)).toEqual([0, 51, 255, 0, 0, 0]);
});

it('refuses images that a step cannot take', () => {
  expect(() => preprocessedShape([4, 4, 1], [{ kind: 'grayscale' }])).toThrow(
    'grayscale takes images of 3 channels, got 1',
  );
  expect(() => preprocessedShape([4, 4, 3], [{ kind: 'normalize', mean: [1], std: [1] }])).toThrow(
    'normalize has 1 means and 1 deviations, and the image has 3 channels',
  );
});
