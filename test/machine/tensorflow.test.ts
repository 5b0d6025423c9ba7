import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { backendNames, loadTensorFlow, probeTensorFlow } from 'onward/machine';
import { describe, expect, test } from 'vitest';
import { runModule, temporaryCache } from './child.js';

const native = await probeTensorFlow('native');
const nativeTest = native.available ? test : test.skip;
const why = native.available ? '' : ` (skipped: ${native.reason})`;

test('the WASM backend is on every machine', async () => {
  expect(await probeTensorFlow('wasm')).toMatchObject({ available: true });
});

test('loading a backend leaves the listeners for uncaught errors as they were', async () => {
  const { stdout } = await runModule(`
    import { loadTensorFlow } from 'onward/machine';
    const { tf } = await loadTensorFlow('wasm');
    console.log(tf.add(1, 2).arraySync(), process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection'));`)
    .ended;
  expect(stdout).toBe('3 0 0\n');
});

nativeTest(`the native backend trains a convolutional net${why}`, async () => {
  const { tf, version, device } = await loadTensorFlow('native');
  expect(version).toMatch(/^2\./);
  expect(device).toMatch(/./);
  expect(tf.getBackend()).toBe('tensorflow');
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  // Dark pictures are of one class and bright ones of the other.
  const bright = Array.from({ length: 64 }, (_, i) => i % 2);
  const images = tf.tensor4d(
    Float32Array.from({ length: 64 * 64 }, (_, i) => (0.3 * ((i * 37) % 64)) / 64 + 0.6 * bright[Math.floor(i / 64)]!),
    [64, 8, 8, 1],
  );
  const history = await model.fit(images, tf.oneHot(tf.tensor1d(bright, 'int32'), 2), { epochs: 8, verbose: 0 });
  expect(history.history.acc?.at(-1)).toBe(1);
});

nativeTest(`one process can use one backend and then the other${why}`, async () => {
  for (const backend of [...backendNames, ...backendNames]) {
    const { tf } = await loadTensorFlow(backend);
    expect(tf.matMul([[1, 2]], [[3], [4]]).arraySync()).toEqual([[11]]);
  }
});

nativeTest(`it prints nothing of its own${why}`, async () => {
  const { stdout, stderr, code } = await runModule(`
    import { loadTensorFlow } from 'onward/machine';
    const { tf } = await loadTensorFlow('native');
    console.log(tf.add(1, 2).arraySync());`).ended;
  expect({ stdout, stderr, code }).toEqual({ stdout: '3\n', stderr: '', code: 0 });
});

describe.runIf(process.platform === 'linux')('what the native backend lacks is named', () => {
  const ensure = `
    import { ensureTensorFlow, loadTensorFlow, probeTensorFlow } from 'onward/machine';
    const outcome = await ensureTensorFlow();
    const probe = await probeTensorFlow('native');
    const load = await loadTensorFlow('native').catch((error) => error.kind + ': ' + error.message);
    console.log(JSON.stringify({ outcome, probe, load }));`;
  const withPath = async (programs: string[]) => {
    const cache = temporaryCache();
    for (const program of programs) symlinkSync(`/usr/bin/${program}`, join(cache, program));
    const { stdout } = await runModule(ensure, { ONWARD_CACHE: join(cache, 'cache'), PATH: cache, CXX: '' }).ended;
    return JSON.parse(stdout) as { outcome: unknown; probe: unknown; load: string };
  };

  test('no compiler', async () => {
    const { outcome, probe, load } = await withPath([]);
    expect(outcome).toMatchObject({
      status: 'impossible',
      reason: expect.stringMatching(/^there is no C\+\+ compiler/),
      remedy: expect.stringMatching(/install g\+\+/),
    });
    expect(probe).toMatchObject({ available: false, reason: expect.stringMatching(/not built/) });
    expect(load).toMatch(/^missing: .* run `npx onward setup training`\.$/);
  });

  test('neither pip nor uv', async () => {
    const { outcome } = await withPath(['g++']);
    expect(outcome).toMatchObject({ status: 'impossible', reason: expect.stringMatching(/fetched with pip or uv/) });
  });
});
