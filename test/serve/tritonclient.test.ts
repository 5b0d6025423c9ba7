import { serve } from 'onward/serve';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inPython, skipsPython } from '../export/python.js';
import { labels, modelOf, reference, weightsOf } from '../runtime/engines/models.js';
import { everyType } from './models.js';
import { withServer } from './sockets.js';

async function asked(url: string) {
  return JSON.parse(await inPython('test/serve/client.py', new URL(url).host));
}

/** The reference client of the protocol, as it is. */
describe.skipIf(skipsPython)('tritonclient', () => {
  test('reads what an image classifier is, and gets from it what the model computes', async () => {
    const model = modelOf();
    const server = await serve({ model, port: 0, workers: 1, name: 'animals' });
    onTestFinished(() => server.close());
    const said = await asked(server.url);
    expect(said.server).toMatchObject({ name: 'onward', extensions: expect.arrayContaining(['binary_tensor_data']) });
    expect(said.index).toEqual([{ name: 'animals', version: '1', state: 'READY', reason: '' }]);
    expect(said.ready).toEqual([true, true, false]);
    expect(said.metadata).toMatchObject({
      name: 'animals',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 8, 8, 3] }],
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 4] },
        { name: 'embedding', datatype: 'FP32', shape: [-1, 6] },
      ],
      parameters: { labels, digest: model.digest },
    });
    expect(said.unknown).toEqual(['404', expect.stringMatching(/"other".*animals/)]);
    expect(said.control).toEqual(['403', expect.stringMatching(/--model-control/)]);

    const images = Uint8Array.from(said.inferred[0].given[0]);
    const expected = reference(weightsOf(1), images, 2);
    expect(said.inferred).toHaveLength(6);
    for (const { got, shapes, id, model } of said.inferred) {
      expect({ id, model, shapes }).toEqual({
        id: 'r1',
        model: ['animals', '1'],
        shapes: [
          [2, 4],
          [2, 6],
        ],
      });
      for (const [i, p] of expected.entries()) expect(got[0][i]).toBeCloseTo(p, 5);
    }
    const best = [0, 1].flatMap((row) =>
      labels
        .map((label, index) => ({ label, index, p: expected[row * 4 + index]! }))
        .sort((a, b) => b.p - a.p)
        .slice(0, 2)
        .map(({ label, index }) => `${index}:${label}`),
    );
    for (const [shape, texts] of said.classified) {
      expect(shape).toEqual([2, 2]);
      expect(texts.map((text: string) => text.replace(/^[^:]+:/, ''))).toEqual(best);
      expect(Number(texts[0].split(':')[0])).toBeCloseTo(Math.max(...expected.subarray(0, 4)), 5);
    }
    expect(said.wrong).toEqual(['400', expect.stringMatching(/shape \[-1,8,8,3\].*"image".*\[2,99\]/)]);
  });

  test('sends and gets every type, as JSON and as binary data', async () => {
    const said = await asked(await withServer(everyType()));
    expect(said.metadata.inputs).toHaveLength(13);
    expect(said.inferred).toHaveLength(6);
    for (const { given, got } of said.inferred) expect(got).toEqual(given);
  });
});
