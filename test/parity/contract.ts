import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, memoryDataset, openSource, splitDataset, subset } from 'onward/data';
import { type Engine, engines } from 'onward/engines';
import { datasetImages, type ParityReport, verify } from 'onward/evaluate';
import { exportRun, readRun } from 'onward/export';
import { type LoadedModel, loadModel, loadModelFile } from 'onward/model';
import { chooseBackend, type Recipe, train } from 'onward/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Networks of thousands of millions of multiply-adds an image: seconds an image on a GPU made of software. */
export const isHeavy = ({ name }: Recipe) => ['simplenet', 'simplenet-augmented', 'vgg16-finetune'].includes(name);

interface ParityOptions {
  readonly engines: readonly Engine[];
  /** To train on, once a step; and how often. */
  readonly images: number;
  readonly epochs: number;
  /** To compare on. */
  readonly compared: number;
}

/** Gray digits in colours: each channel as bright as the number of the image says. */
async function inColour(gray: Dataset): Promise<Dataset> {
  const pixels = await gray.batch(Array.from({ length: gray.length }, (_, i) => i));
  const size = gray.shape[0] * gray.shape[1];
  const tinted = Uint8Array.from({ length: pixels.length * 3 }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const strength = 1 - ((Math.floor(pixel / size) * (channel + 2)) % 5) / 8;
    return pixels[pixel]! * strength;
  });
  const { name, labels, classes, spec } = gray;
  return memoryDataset({ name, spec: { ...spec, channels: 3 }, classes, labels, pixels: tinted });
}

/** A recipe, trained for a moment on real digits, is the same on every engine of this machine. */
export function parity(recipe: Recipe, { engines: wanted, images, epochs, compared }: ParityOptions): void {
  const { name } = recipe;
  describe(name, () => {
    let folder: string;
    let model: LoadedModel;
    let report: ParityReport;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'onward-parity-'));
      const source = await openSource('mnist');
      const some = subset(
        source.train,
        Array.from({ length: images }, (_, i) => i * Math.floor(8000 / images)),
      );
      const shown = recipe.channels === 3 ? await inColour(some) : some;
      const split = splitDataset({ train: shown }, { seed: 1 });
      const out = join(folder, name);
      await train(split, { recipe, backend: await chooseBackend(), out, epochs, batchSize: 16, version: '0.0.0' });
      await writeFile(join(out, 'model.onnx'), exportRun(await readRun(out), { producerVersion: '0.0.0' }));
      model = await loadModelFile(join(out, 'model.onnx'));
      report = await verify(model, {
        engines: wanted,
        images: datasetImages(split.test, model, compared),
        slowLimit: 16,
      });
    }, 600_000);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('is compared with the backend that trained it', () => {
      expect(report.reference).toBe(`tfjs-${model.provenance.backend}`);
      expect(report.engines.map((row) => row.engine)).toEqual(wanted.map((engine) => engine.name));
    });

    it.for(wanted.map((engine) => [engine.name, engine] as const))(
      'predicts the same on %s',
      ([, engine], { skip }) => {
        const row = report.engines.find((one) => one.engine === engine.name)!;
        if (row.verdict === 'absent') skip(row.reason ?? 'absent without a reason');
        expect(row).toMatchObject({ reason: null, verdict: expect.stringMatching(/^(reference|agrees)$/) });
        expect(row.maxAbsDiff).toBeLessThanOrEqual(engine.tolerance);
        expect(row.images).toBeGreaterThanOrEqual(Math.min(compared, 16));
      },
    );

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
}
