import fc from 'fast-check';
import { countPredictions, type LoadedModel } from 'onward/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDrift, stabilityIndex } from '#onward/serve/metrics/drift.js';
import { imagesOf, labels, modelOf, reference, side, size, weightsOf } from '../runtime/engines/models.js';
import { type TestApp, testApp } from './helpers.js';

const counts = (length: number) => fc.array(fc.nat(1000), { minLength: length, maxLength: length });

describe('the population stability index', () => {
  test('is the divergence both ways, zero where nothing changed', () => {
    fc.assert(
      fc.property(counts(6), counts(6), (before, now) => {
        const shares = (list: number[]) => list.map((n) => (n + 0.5) / list.reduce((sum, one) => sum + one + 0.5, 0));
        const [p, q] = [shares(before), shares(now)];
        const entropy = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * Math.log2(x / b[i]!), 0);
        expect(stabilityIndex(before, now)).toBeCloseTo(Math.LN2 * (entropy(p, q) + entropy(q, p)), 9);
        expect(stabilityIndex(before, before)).toBe(0);
        expect(stabilityIndex(now, before)).toBeCloseTo(stabilityIndex(before, now), 9);
      }),
      { seed: 1 },
    );
  });

  test('is of the latest thousand images', () => {
    const before = { images: 100, classes: [50, 50], confidence: [0, 0, 0, 0, 0, 50, 0, 0, 0, 50] };
    const drift = createDrift(before);
    for (let i = 0; i < 99; i++) drift.add(0, 1);
    expect(drift.values()).toBeUndefined();
    for (let i = 0; i < 500; i++) drift.add(0, 1);
    expect(drift.values()!.classes).toBeGreaterThan(1);
    for (let i = 0; i < 1000; i++) drift.add(i % 2, i % 2 ? 0.55 : 1);
    expect(drift.values()!.classes).toBeLessThan(0.001);
    expect(drift.values()!.confidence).toBeLessThan(0.1);
  });
});

test('what validation images were predicted as is counted', () => {
  const rows = Float32Array.of(0.75, 0.25, 0.05, 0.95, 0.5, 0.5, 0, 1);
  expect(countPredictions(rows, 2)).toEqual({
    images: 4,
    classes: [2, 2],
    confidence: [0, 0, 0, 0, 0, 1, 0, 1, 0, 2],
  });
});

const images = imagesOf(7, 150);
const predictions = countPredictions(reference(weightsOf(1), images, 150), labels.length);
const plain = modelOf();
const model: LoadedModel = { ...plain, provenance: { ...plain.provenance, predictions } };

async function fed(app: TestApp, data: Uint8Array) {
  const shape = [data.length / size, side, side, 3];
  const body = JSON.stringify({ inputs: [{ name: 'image', datatype: 'UINT8', shape, data: [...data] }] });
  expect((await app.request('/v2/models/animals/infer', { method: 'POST', body })).status).toBe(200);
  const text = await (await app.request('/metrics')).text();
  const found = text.matchAll(/^onward_drift\{model="animals",version="1",of="(\w+)"\} (.*)$/gm);
  return Object.fromEntries([...found].map(([, of, value]) => [of, Number(value)]));
}

test('/metrics tells how far predictions are from those of the validation images that the file keeps', async () => {
  const app = await testApp(model, { name: 'animals' });
  onTestFinished(() => app.close());
  expect(await fed(app, images.subarray(0, 50 * size))).toEqual({});
  const same = await fed(app, images.subarray(50 * size));
  expect(Object.keys(same)).toEqual(['classes', 'confidence']);
  expect(Math.max(same.classes!, same.confidence!)).toBeLessThan(0.001);
  const black = await fed(app, new Uint8Array(600 * size));
  expect(black.classes).toBeGreaterThan(0.2);
  expect(black.confidence).toBeGreaterThan(0.2);

  const without = await testApp(plain, { name: 'animals' });
  onTestFinished(() => without.close());
  expect(await fed(without, images)).toEqual({});
});
