import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource, splitDataset, subset } from 'onward/data';
import { engines } from 'onward/engines';
import { datasetImages, type ParityReport, verify } from 'onward/evaluate';
import { exportRun, readRun } from 'onward/export';
import { type LoadedModel, loadModel, loadModelFile } from 'onward/model';
import { chooseBackend, recipes, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Every recipe, trained for a moment on real digits, on every engine of this machine. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-parity-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(recipes.map((recipe) => [recipe.name, recipe] as const))('%s', (name, recipe) => {
  let model: LoadedModel;
  let report: ParityReport;

  beforeAll(async () => {
    const source = await openSource('mnist');
    const some = subset(
      source.train,
      Array.from({ length: 1600 }, (_, i) => i * 5),
    );
    const split = splitDataset({ ...source, train: some }, { seed: 1 });
    const out = join(folder, name);
    await train(split, { recipe, backend: await chooseBackend(), out, epochs: 2, version: '0.0.0' });
    await writeFile(join(out, 'model.onnx'), exportRun(await readRun(out), { producerVersion: '0.0.0' }));
    model = await loadModelFile(join(out, 'model.onnx'));
    report = await verify(model, { images: datasetImages(split.test, model, 200), slowLimit: 16 });
  }, 300_000);

  it('is compared with the backend that trained it', () => {
    expect(report.reference).toBe(`tfjs-${model.provenance.backend}`);
    expect(report.engines.map((row) => row.engine)).toEqual(engines.map((engine) => engine.name));
  });

  it.for(engines.map((engine) => [engine.name, engine] as const))('predicts the same on %s', ([, engine], { skip }) => {
    const row = report.engines.find((one) => one.engine === engine.name)!;
    if (row.verdict === 'absent') skip(row.reason ?? 'absent without a reason');
    expect(row).toMatchObject({ reason: null, verdict: expect.stringMatching(/^(reference|agrees)$/) });
    expect(row.maxAbsDiff).toBeLessThanOrEqual(engine.tolerance);
    expect(row.images).toBeGreaterThanOrEqual(16);
  });

  it('fails when what it is compared with is not what it predicts', async () => {
    const probabilities = Float32Array.from(model.golden!.probabilities, (p) => p * 0.99);
    const off: LoadedModel = { ...model, golden: { ...model.golden!, probabilities } };
    const result = await verify(off, { engines: engines.filter((engine) => engine.name === 'ort-cpu') });
    expect(result.passed).toBe(false);
    expect(result.engines[0]).toMatchObject({ verdict: 'differs' });
  });

  it('exports to the same bytes again, without what inference does not need', async () => {
    const run = await readRun(join(folder, name));
    const again = exportRun(run, { producerVersion: '0.0.0' });
    expect(Buffer.compare(again, model.bytes)).toBe(0);
    const noise = loadModel(exportRun(run, { producerVersion: '0.0.0', golden: 'noise' }), { name });
    expect(noise.golden).toMatchObject({ kind: 'noise', count: 16 });
    expect(loadModel(exportRun(run, { producerVersion: '0.0.0', golden: 'none' }), { name }).golden).toBeUndefined();
  });
});
