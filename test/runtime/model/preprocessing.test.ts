import { graphBuilder } from 'onward/export';
import { importPeer } from 'onward/machine';
import { encodeModel, type PreprocessingStep, preprocess } from 'onward/model';
import { recipes } from 'onward/train';
import { describe, expect, it } from 'vitest';
import { preprocessingNodes } from '#onward/export/preprocessing.js';

const scale = (factor: number, offset: number): PreprocessingStep => ({ kind: 'scale', scale: factor, offset });
const all = Uint8Array.from({ length: 256 }, (_, i) => i);

/** The nodes of the exported graph, on all bytes. */
async function inGraph(steps: readonly PreprocessingStep[]): Promise<Float32Array> {
  const builder = graphBuilder(['image', 'end']);
  builder.node('Identity', 'out', [preprocessingNodes(builder, 'image', steps)]);
  const dims = ['N', 16, 16, 1];
  const graph = builder.finish({
    name: 'preprocessing',
    opset: 17,
    inputs: [{ name: 'image', type: 'uint8', dims }],
    outputs: [{ name: 'out', type: 'float32', dims }],
  });
  const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
  const session = await InferenceSession.create(encodeModel(graph, [], ''));
  const { out } = await session.run({ image: new Tensor('uint8', all, [1, 16, 16, 1]) });
  await session.release();
  return out!.data as Float32Array;
}

describe('preprocessing computes the same bits in training and in the graph', () => {
  it.each<[string, readonly PreprocessingStep[]]>([
    ['nothing', []],
    ['0 to 1', [scale(1 / 255, 0)]],
    ['-1 to 1', [scale(1 / 127.5, -1)]],
    ['statistics of ImageNet', [scale(1 / 255, 0), scale(1 / 0.229, -0.485 / 0.229)]],
    ['numbers that no float has', [scale(0.1, 0.2), scale(1 / 3, -1 / 7)]],
    ...recipes.map(
      ({ name, preprocessing }) => [`the recipe ${name}`, preprocessing] as [string, readonly PreprocessingStep[]],
    ),
  ])('%s', async (_, steps) => {
    expect(Buffer.compare(Buffer.from((await inGraph(steps)).buffer), Buffer.from(preprocess(all, steps).buffer))).toBe(
      0,
    );
  });

  it('and rounds after each operation', () => {
    const [value] = preprocess(Uint8Array.of(7), [scale(0.1, 0.2)]);
    expect(value).toBe(Math.fround(Math.fround(7 * Math.fround(0.1)) + Math.fround(0.2)));
  });
});
