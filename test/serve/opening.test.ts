import { loadModel } from 'onward/model';
import { openServedModel, type ServedModelOptions } from 'onward/serve';
import { describe, expect, test } from 'vitest';
import { openSessionRunner } from '#onward/serve/workers/session-runner.js';
import { fileOf, goldenOf, graphOf, imagesOf, modelOf, reference, weightsOf } from '../runtime/engines/models.js';

const model = modelOf();

describe('openServedModel refuses', () => {
  test('a model that predicts otherwise than its golden samples', async () => {
    const golden = goldenOf(weightsOf(1));
    golden.probabilities[0]! += 0.01;
    const altered = loadModel(fileOf(graphOf(weightsOf(1)), golden), { name: 'bent.onnx' });
    await expect(openServedModel(altered, { workers: 2 })).rejects.toMatchObject({
      name: 'OnwardError',
      kind: 'parity',
      message: expect.stringContaining('bent.onnx'),
    });
    const served = await openServedModel(altered, { workers: 1, allowDifferent: true });
    await served.close();
  });

  test('an engine that is not there', async () => {
    await expect(openServedModel(model, { engine: 'ort-cpux' as never, workers: 1 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('ort-cpu'),
    });
  });

  test.each([
    ['workers', { workers: 0 }],
    ['threads', { threads: 1.5 }],
    ['the largest batch', { maxBatch: -1 }],
    ['the wait', { maxWait: Number.NaN }],
    ['a name', { name: '../model' }],
    ['no devices', { devices: [0] }],
    ['devices', { engine: 'ort-cuda', devices: [] }],
    ['devices', { engine: 'ort-cuda', devices: [0, 0] }],
    ['devices', { engine: 'ort-cuda', devices: [-1] }],
    ['a worker for each of the 2 devices', { engine: 'ort-cuda', devices: [0, 1], workers: 1 }],
  ] as [string, ServedModelOptions][])('%s that cannot be', async (what, options) => {
    await expect(openServedModel(model, options)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(what === 'a name' ? "a model's name" : what),
    });
  });
});

test('an engine that takes images alone serves them as a tensor', async () => {
  const runner = await openSessionRunner(model, {
    ...{ engine: 'ort-cpu', threads: 1, device: undefined, allowDifferent: false },
  } as const);
  const images = imagesOf(3, 2) as Uint8Array<ArrayBuffer>;
  const expected = reference(weightsOf(1), images, 2);
  const [given, predicted] = [await runner.predict!(images, 2), await runner.run([{ ...image, data: images }], ['x'])];
  expect(runner.inputs).toEqual([{ ...image, shape: [-1, 8, 8, 3] }]);
  for (const [i, p] of expected.entries()) expect(given[i]).toBeCloseTo(p, 5);
  expect(predicted).toEqual([
    { name: 'probabilities', datatype: 'FP32', shape: [2, 4], data: new Uint8Array(given.buffer) },
  ]);
  await runner.close();
});

const image = { name: 'image', datatype: 'UINT8', shape: [2, 8, 8, 3] } as const;
