import type { OnwardError } from 'onward/common';
import { type Engine, maxAbsDiff, openSession, type Session } from 'onward/engines';
import { type LoadedModel, loadModel } from 'onward/model';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { saveLayersModel } from './layers.js';
import { fileOf, goldenOf, graphOf, imagesOf, labels, modelOf, reference, size, weightsOf } from './models.js';

const classes = labels.length;
const weights = weightsOf(1);

/** What a promise was rejected with; fails when it was not. */
async function rejection(promise: Promise<unknown>): Promise<OnwardError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error, 'expected an error').toBeInstanceOf(Error);
  expect((error as Error).name).toBe('OnwardError');
  expect((error as Error).message).not.toContain('\n');
  return error as OnwardError;
}

/** What every engine does, whatever it runs on. One that is absent is skipped, with its reason. */
export function describeEngine(engine: Engine): void {
  describe(engine.name, () => {
    let layersModel: string;
    let open: Session[] = [];
    /** For tests that only predict; it also keeps the browser of the web engines from being started for every test. */
    let kept: Session;
    let reason: string | undefined;

    const withLayers = (model: LoadedModel): LoadedModel => ({ ...model, layersModel });
    const start = async (...rest: Parameters<typeof openSession> extends [Engine, ...infer R] ? R : never) => {
      const session = await openSession(engine, ...rest);
      open.push(session);
      return session;
    };

    /** A test of an engine that is there. */
    const present = (name: string, body: () => Promise<void>) =>
      it(name, async (context) => {
        if (reason) context.skip(reason);
        await body();
      });

    beforeAll(async () => {
      const availability = await engine.probe();
      if (!availability.available) {
        reason = `${availability.reason}: ${availability.remedy}`;
        console.log(`${engine.name}: skipped, ${reason}`);
      }
      layersModel = await saveLayersModel(weights);
      if (!reason) kept = await openSession(engine, withLayers(modelOf()));
    });
    afterAll(() => kept?.close());
    afterEach(async () => {
      await Promise.all(open.map((session) => session.close()));
      open = [];
    });

    it('is there, or says in one line why not and what would bring it', async () => {
      const availability = await engine.probe();
      if (availability.available) {
        expect(availability.version).toMatch(/^\d+\.\d+/);
        expect(availability.device).toMatch(/\S/);
      } else {
        expect(availability.reason).toMatch(/^\S[^\n]+[^.\n]$/);
        expect(availability.remedy).toMatch(/^\S[^\n]+[^.\n]$/);
        expect((await rejection(engine.open(withLayers(modelOf())))).kind).toBe('missing');
      }
    });

    present('passes the golden samples, and says how near it came', async () => {
      const probed = await engine.probe();
      expect(kept).toMatchObject({ engine: engine.name, version: probed.available && probed.version });
      expect(kept.device).toBe(probed.available && probed.device);
      const { selfTest } = kept;
      expect(selfTest).toMatchObject({ images: 16, passed: true, tolerance: engine.tolerance });
      expect(selfTest!.maxAbsDiff).toBeGreaterThanOrEqual(0);
      expect(selfTest!.maxAbsDiff).toBeLessThanOrEqual(engine.tolerance);
      console.log(`${engine.name} ${kept.version} on ${kept.device}: max |Δp| ${selfTest!.maxAbsDiff}`);
    });

    present('predicts what the arithmetic says, for batches of 1, 3 and 16, one image or many at a time', async () => {
      const images = imagesOf(11, 16);
      const expected = reference(weights, images, 16);
      for (const count of [1, 3, 16]) {
        const part = await kept.predict(images.subarray(0, count * size), count);
        expect(part).toBeInstanceOf(Float32Array);
        expect(part).toHaveLength(count * classes);
        const wanted = expected.subarray(0, count * classes);
        expect(maxAbsDiff(part, wanted, classes).maxAbsDiff).toBeLessThanOrEqual(engine.tolerance);
        for (let row = 0; row < count; row++) {
          const sum = part.subarray(row * classes, (row + 1) * classes).reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - 1)).toBeLessThanOrEqual(1e-5);
        }
      }
      const whole = await kept.predict(images, 16);
      for (const n of [0, 7, 15]) {
        const alone = await kept.predict(images.slice(n * size, (n + 1) * size), 1);
        const row = whole.subarray(n * classes, (n + 1) * classes);
        expect(maxAbsDiff(alone, row, classes).maxAbsDiff).toBeLessThanOrEqual(engine.tolerance);
      }
    });

    present('answers calls that are made at once, each with its own', async () => {
      const images = imagesOf(12, 4);
      const expected = reference(weights, images, 4);
      const answers = await Promise.all(
        [0, 1, 2, 3].map((n) => kept.predict(images.subarray(n * size, (n + 1) * size), 1)),
      );
      for (const [n, answer] of answers.entries()) {
        const row = expected.subarray(n * classes, (n + 1) * classes);
        expect(maxAbsDiff(answer, row, classes).maxAbsDiff).toBeLessThanOrEqual(engine.tolerance);
      }
    });

    present('takes images out of shared memory, and leaves them as they were', async () => {
      const images = imagesOf(13, 2);
      const shared = new Uint8Array(new SharedArrayBuffer(images.length));
      shared.set(images);
      const answer = await kept.predict(shared, 2);
      expect(maxAbsDiff(answer, reference(weights, images, 2), classes).maxAbsDiff).toBeLessThanOrEqual(
        engine.tolerance,
      );
      expect(Buffer.compare(shared, images)).toBe(0);
    });

    present('refuses another number of bytes than the images have, and lives on', async () => {
      const images = imagesOf(14, 2);
      const error = await rejection(kept.predict(images.subarray(1), 2));
      expect(error.kind).toBe('usage');
      expect(error.message).toContain(`expected ${2 * size} bytes for 2 images of 8x8x3, got ${2 * size - 1}`);
      expect((await rejection(kept.predict(images, 0))).message).toContain('from 1 up');
      expect(await kept.predict(images, 2)).toHaveLength(2 * classes);
    });

    present('closes twice, after what is being predicted, and predicts no more', async () => {
      const session = await start(withLayers(modelOf()), { check: false });
      expect(session.selfTest).toBeUndefined();
      const images = imagesOf(15, 1);
      const last = session.predict(images, 1);
      await Promise.all([session.close(), session.close()]);
      expect(await last).toHaveLength(classes);
      await session.close();
      expect((await rejection(session.predict(images, 1))).message).toContain('was closed');
    });

    present('refuses a model whose golden samples it does not reproduce, unless it is told to load it', async () => {
      const off = withLayers(
        modelOf(1, ({ probabilities }) => {
          probabilities[4 * classes]! += 0.01;
        }),
      );
      const error = await rejection(start(off));
      expect(error.kind).toBe('parity');
      expect(error.message).toContain(engine.name);
      expect(error.message).toMatch(/max \|Δp\| (1\.00|9\.99)e-[23] at sample 5 of 16/);
      expect(error.message).toContain(String(engine.tolerance));
      const session = await start(off, { allowDifferent: true });
      expect(session.selfTest).toMatchObject({ passed: false, worst: 4 });
      expect(session.selfTest!.maxAbsDiff).toBeCloseTo(0.01, 4);
      expect(await session.predict(imagesOf(16, 1), 1)).toHaveLength(classes);
    });

    present('takes a number that is not one for a difference', async () => {
      const off = withLayers(
        modelOf(1, ({ probabilities }) => {
          probabilities[9 * classes + 1] = Number.NaN;
        }),
      );
      expect((await rejection(start(off))).message).toContain('max |Δp| not a number at sample 10 of 16');
    });

    present('runs two sessions at once, of two models', async () => {
      const otherWeights = weightsOf(2);
      const other = { ...modelOf(2), layersModel: await saveLayersModel(otherWeights) };
      const [one, two] = await Promise.all([start(withLayers(modelOf())), start(other)]);
      const images = imagesOf(17, 2);
      const [first, second] = await Promise.all([one.predict(images, 2), two.predict(images, 2)]);
      expect(maxAbsDiff(first, reference(weights, images, 2), classes).maxAbsDiff).toBeLessThanOrEqual(
        engine.tolerance,
      );
      expect(maxAbsDiff(second, reference(otherWeights, images, 2), classes).maxAbsDiff).toBeLessThanOrEqual(
        engine.tolerance,
      );
      await one.close();
      expect(await two.predict(images, 2)).toEqual(second);
    });

    if (engine.name.startsWith('tfjs-')) describeLayers();
    else describeGraph();

    function describeGraph() {
      present('makes probabilities of logits, and takes floats in another order', async () => {
        const model = { ...modelOf(), output: { name: 'logits', kind: 'logits' as const } };
        const graph = graphOf(weights);
        const logits = { name: 'logits', type: 'float32' as const, dims: ['N', classes] };
        const session = await start(
          { ...model, bytes: fileOf({ ...graph, outputs: [logits] }, undefined) },
          { check: false },
        );
        const images = imagesOf(18, 3);
        const answer = await session.predict(images, 3);
        expect(maxAbsDiff(answer, reference(weights, images, 3), classes).maxAbsDiff).toBeLessThanOrEqual(
          engine.tolerance,
        );
      });

      present('refuses a graph that it cannot load in one sentence', async () => {
        const graph = graphOf(weights);
        const nodes = graph.nodes.map((node) => (node.op === 'Relu' ? { ...node, op: 'Reluctant' } : node));
        const model = loadModel(fileOf({ ...graph, nodes }, undefined), { name: 'reluctant.onnx' });
        const error = await rejection(start(model));
        expect(error.kind).toBe('input');
        expect(error.message).toContain('reluctant.onnx');
        expect(error.message).toContain('Reluctant');
      });
    }

    function describeLayers() {
      present('refuses without the layers model, naming the golden samples', async () => {
        const error = await rejection(start(modelOf()));
        expect(error.kind).toBe('missing');
        expect(error.message).toContain('golden samples');
      });

      present('makes probabilities of a layers model that ends without a softmax', async () => {
        const session = await start({ ...modelOf(), layersModel: await saveLayersModel(weights, 'linear') });
        expect(session.selfTest!.passed).toBe(true);
      });

      present('refuses a folder with no layers model in it, and one whose weights are short', async () => {
        expect((await rejection(start({ ...modelOf(), layersModel: '/nowhere' }))).message).toContain('model.json');
      });
    }
  });

  // An altered file is refused before any engine sees it: whatever runs, `loadModel` read it first.
  it(`${engine.name}: an altered weight never reaches it`, () => {
    const bytes = fileOf(graphOf(weights), goldenOf(weights));
    const at = Buffer.from(bytes).indexOf(Buffer.from(weights.dense.buffer));
    bytes[at + 2]! ^= 1;
    expect(() => loadModel(bytes, { name: 'altered.onnx' })).toThrow('the weights "dense"');
  });
}
