import { type Engine, maxAbsDiff, openSession } from 'onward/engines';
import type { LoadedModel } from 'onward/model';
import { describe, expect, it } from 'vitest';
import { guarded } from '#onward/runtime/engines/guarded.js';
import { ortMessage } from '#onward/runtime/engines/ort-failure.js';
import { goldenOf, imagesOf, labels, modelOf, reference, size, weightsOf } from './models.js';

const classes = labels.length;

/** An engine that computes with the reference, and notes what was asked of it. */
function fakeEngine({ slow = false, run }: { slow?: boolean; run?: (count: number) => Float32Array } = {}) {
  const batches: number[] = [];
  let released = 0;
  const engine: Engine = {
    name: 'ort-cpu',
    tolerance: 1e-5,
    probe: async () => ({ available: true, version: '1.0', device: 'fake' }),
    open: async (model) =>
      guarded({
        engine: 'ort-cpu',
        version: '1.0',
        device: 'fake',
        slow,
        model,
        async run(images, count) {
          batches.push(count);
          return run ? run(count) : reference(weightsOf(1), images, count);
        },
        async release() {
          released++;
        },
      }),
  };
  return { engine, batches, released: () => released };
}

const withGolden = (count: number): LoadedModel => ({ ...modelOf(), golden: goldenOf(weightsOf(1), count) });

describe('maxAbsDiff', () => {
  it('is the largest difference and its row', () => {
    const difference = maxAbsDiff(Float32Array.of(0.5, 0.5, 0.25, 0.75), Float32Array.of(0.5, 0.5, 0.5, 0.5), 2);
    expect(difference).toEqual({ maxAbsDiff: 0.25, worst: 1 });
  });

  it.each([
    ['a NaN for a number', [Number.NaN, 1], [0.5, 0.5]],
    ['a number for a NaN', [0.5, 0.5], [0.5, Number.NaN]],
    ['a NaN for a NaN', [Number.NaN, 0], [Number.NaN, 0]],
    ['infinity', [Infinity, 0], [Infinity, 0]],
    ['too few', [0.5], [0.5, 0.5]],
  ])('is infinite for %s', (_, actual, expected) => {
    expect(maxAbsDiff(Float32Array.from(actual), Float32Array.from(expected), 2).maxAbsDiff).toBe(Infinity);
  });
});

describe('openSession', () => {
  it('checks all samples, in batches of 64', async () => {
    const { engine, batches } = fakeEngine();
    const { selfTest } = await openSession(engine, withGolden(100));
    expect(batches).toEqual([64, 36]);
    expect(selfTest).toEqual({ images: 100, maxAbsDiff: 0, worst: 0, tolerance: 1e-5, passed: true });
  });

  it('checks one batch of 16 where the device is slow', async () => {
    const { engine, batches } = fakeEngine({ slow: true });
    expect((await openSession(engine, withGolden(100))).selfTest?.images).toBe(16);
    expect(batches).toEqual([16]);
  });

  it('checks nothing where there are no samples, or it is told not to', async () => {
    const { engine, batches } = fakeEngine();
    expect((await openSession(engine, { ...modelOf(), golden: undefined })).selfTest).toBeUndefined();
    expect((await openSession(engine, modelOf(), { check: false })).selfTest).toBeUndefined();
    expect(batches).toEqual([]);
  });

  it('closes the session that it refuses', async () => {
    const { engine, released } = fakeEngine({ run: (count) => new Float32Array(count * classes).fill(0.25) });
    await expect(openSession(engine, modelOf())).rejects.toMatchObject({ kind: 'parity' });
    expect(released()).toBe(1);
    await openSession(engine, modelOf(), { allowDifferent: true });
    expect(released()).toBe(1);
  });

  it('closes the session that fails while it is checked', async () => {
    const { engine, released } = fakeEngine({
      run: () => {
        throw new Error('out of memory');
      },
    });
    await expect(openSession(engine, modelOf(), { allowDifferent: true })).rejects.toThrow('out of memory');
    expect(released()).toBe(1);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s threads', async (threads) => {
    const { engine } = fakeEngine();
    await expect(openSession(engine, modelOf(), { threads })).rejects.toMatchObject({ kind: 'usage' });
  });

  it('refuses an engine that answers NaN, whatever the samples say', async () => {
    const { engine } = fakeEngine({ run: (count) => new Float32Array(count * classes).fill(Number.NaN) });
    await expect(openSession(engine, modelOf())).rejects.toThrow('not a number');
  });
});

describe('what ONNX Runtime throws', () => {
  it.each([
    ['[ONNXRuntimeError] : 1 : FAIL : No such operator.', 'No such operator'],
    [
      "Can't create a session. ERROR_CODE: 7, ERROR_MESSAGE: Failed to load model\nat somewhere",
      'Failed to load model',
    ],
    [
      '/onnxruntime_src/core/webgpu_context.cc:136 onnxruntime::Context::<lambda()> status == Success was false. Failed to get an adapter',
      'Failed to get an adapter',
    ],
    ["tensorprotoutils.cc:1469 ValidateSize Initializer 'kernel': wrong size", "Initializer 'kernel': wrong size"],
    ['Load failed: Node (a.b) at line 3', 'Load failed: Node (a.b) at line 3'],
  ])('%s', (thrown, expected) => {
    expect(ortMessage(new Error(thrown))).toBe(expected);
  });
});

describe('a session', () => {
  it('refuses a graph that answers another number of probabilities', async () => {
    const { engine } = fakeEngine({ run: () => new Float32Array(classes) });
    const session = await openSession(engine, modelOf(), { check: false });
    await expect(session.predict(imagesOf(1, 2), 2)).rejects.toThrow('expected its output "probabilities" to have 8');
  });

  it('goes on after a batch that failed', async () => {
    let calls = 0;
    const { engine } = fakeEngine({
      run: (count) => {
        if (calls++ === 0) throw new Error('once');
        return new Float32Array(count * classes);
      },
    });
    const session = await openSession(engine, modelOf(), { check: false });
    const [first, second] = await Promise.allSettled([
      session.predict(new Uint8Array(size), 1),
      session.predict(new Uint8Array(size), 1),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });
});
