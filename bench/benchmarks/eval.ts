import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createDecoder, type Dataset, memoryDataset, openSource, splitDataset } from '../../data/index.js';
import {
  computeMetrics,
  openSourceFor,
  type PredictedAhead,
  partOf,
  predictAhead,
  predictAll,
  scored,
} from '../../evaluate/index.js';
import { exportRun, readRun } from '../../export/index.node.js';
import { importPeer } from '../../machine/index.js';
import { random } from '../../runtime/common/index.js';
import { engineByName, openSession } from '../../runtime/engines/index.node.js';
import { defaultMaxPixels, encodePng } from '../../runtime/image/index.js';
import { type LoadedModel, loadModel } from '../../runtime/model/index.js';
import { chooseBackend, recipeByName, train } from '../../train/index.js';
import type { Bench, Benchmark, Measured } from '../benchmark.js';
import { ratioText, timesAsFast, verdictOf } from '../statistics.js';

const wanted = 0.9;
const classes = Array.from({ length: 10 }, (_, i) => String(i));
const sizes = [8, 16, 32, 64, 128, 256];

interface Subject {
  readonly name: string;
  readonly recipe: string;
  readonly shape: readonly [number, number, 1 | 3];
  readonly images: number;
  readonly files: number;
}
const subjects: readonly Subject[] = [
  { name: 'small-cnn, 32x32x1', recipe: 'small-cnn', shape: [32, 32, 1], images: 26_032, files: 4000 },
  { name: 'small-cnn, 64x64x3', recipe: 'small-cnn', shape: [64, 64, 3], images: 6000, files: 2000 },
];

/** Smooth shapes with noise: a PNG of them is of the size that one of a photograph is. */
function imagesOf({ name, shape }: Subject, count: number): Dataset {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const numbers = random('bench eval', name);
  const pixels = new Uint8Array(count * size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 100 + 60 * Math.sin(i / 9) + numbers.below(20);
  const spec = { width, height, channels, fit: 'contain', background: [0, 0, 0] } as const;
  return memoryDataset({
    name: 'bench',
    spec,
    classes,
    labels: Array.from({ length: count }, (_, i) => i % 10),
    pixels,
  });
}

/** A recipe's network, trained for a moment: what it predicts does not matter here. */
async function modelOf(bench: Bench, subject: Subject): Promise<LoadedModel> {
  const out = join(bench.folder, subject.name);
  const split = splitDataset({ train: imagesOf(subject, 200) });
  await train(split, { recipe: recipeByName(subject.recipe), backend: await chooseBackend(), out, epochs: 1 });
  return loadModel(exportRun(await readRun(out)), { name: subject.name });
}

/** ONNX Runtime by itself: batches that lie in memory, whose results nobody reads. */
async function rawEngine(model: LoadedModel) {
  const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
  const session = await InferenceSession.create(model.bytes, {
    executionProviders: ['cpu'],
    logSeverityLevel: 4,
    intraOpNumThreads: availableParallelism(),
  });
  const { height, width, channels } = model.input;
  const size = height * width * channels;
  const run = async (pixels: Uint8Array, batch: number) => {
    for (let at = 0; at < pixels.length; at += batch * size) {
      const some = pixels.subarray(at, at + batch * size);
      const images = new Tensor('uint8', some, [some.length / size, height, width, channels]);
      await session.run({ [model.tensor.name]: images }, [model.output.name]);
    }
  };
  /** The quickest of several sizes, each three times. */
  const bestBatch = async (pixels: Uint8Array) => {
    const some = pixels.subarray(0, Math.min(pixels.length, 1024 * size));
    const times = new Map(sizes.map((batch) => [batch, Infinity]));
    for (let round = 0; round < 4; round++) {
      for (const batch of sizes) {
        const start = performance.now();
        await run(some, batch);
        if (round > 0) times.set(batch, Math.min(times.get(batch)!, performance.now() - start));
      }
    }
    return [...times].sort(([, a], [, b]) => a - b)[0]![0];
  };
  return { run, bestBatch, release: () => session.release() };
}

function judge(bench: Bench, what: string, { contestants }: Measured): void {
  const [own, raw] = contestants as [Measured['contestants'][0], Measured['contestants'][0]];
  const ratio = timesAsFast(own.rounds, raw.rounds);
  bench.target({
    what: `${what}: of the throughput of the engine alone`,
    wanted: `at least ${wanted}`,
    got: ratioText(ratio, 3),
    verdict: verdictOf(ratio, wanted),
  });
}

async function writeFiles(folder: string, dataset: Dataset): Promise<string[]> {
  const [height, width] = dataset.shape;
  for (const name of classes) await mkdir(join(folder, name), { recursive: true });
  const files: string[] = [];
  for (let i = 0; i < dataset.length; i++) {
    const file = join(classes[dataset.labels[i]!]!, `${i}.png`);
    await writeFile(join(folder, file), encodePng({ width, height, data: await dataset.batch([i]) }));
    files.push(file);
  }
  return files;
}

async function compare(bench: Bench, subject: Subject): Promise<void> {
  const model = await modelOf(bench, subject);
  const raw = await rawEngine(model);
  const session = await openSession(engineByName('ort-cpu'), model);
  const evaluateAll = async (dataset: Dataset, ahead?: PredictedAhead) => {
    const { probabilities } = ahead?.rowsOf(dataset) ?? (await predictAll(session, dataset));
    return computeMetrics(scored(model.labels, dataset.labels, probabilities));
  };
  try {
    const dataset = imagesOf(subject, subject.images);
    const pixels = await dataset.batch(Uint32Array.from({ length: dataset.length }, (_, i) => i));
    const batch = await raw.bestBatch(pixels);
    const memory = await bench.contest(`${subject.name}, ${subject.images} images in memory`, {
      contestants: [
        { name: 'onward, with all metrics', run: () => evaluateAll(dataset) },
        { name: `engine alone, ${batch} at once`, run: () => raw.run(pixels, batch) },
      ],
      images: subject.images,
    });
    judge(bench, `${subject.name}, in memory`, memory);

    const folder = join(bench.folder, `${subject.name} files`);
    const files = await writeFiles(folder, imagesOf(subject, subject.files));
    const fromFiles = await bench.contest(`${subject.name}, ${subject.files} PNG files`, {
      contestants: [
        {
          name: 'onward, with all metrics',
          async run() {
            const ahead = predictAhead(async () => session, model, { data: folder });
            const source = await openSourceFor(model, (options) => openSource(folder, options), ahead?.onImages);
            return evaluateAll((await partOf(source, model)).dataset, ahead);
          },
        },
        {
          name: 'decoding and the engine alone',
          async run() {
            const decoder = createDecoder();
            const decoded = await decoder.decode(folder, files, model.input, { maxPixels: defaultMaxPixels });
            await decoder.close();
            await raw.run(decoded.pixels, batch);
          },
        },
      ],
      images: subject.files,
    });
    judge(bench, `${subject.name}, from files`, fromFiles);
  } finally {
    await session.close();
    await raw.release();
  }
}

/** How much of the engine's own throughput an evaluation keeps. */
export const evalBenchmark: Benchmark = {
  name: 'eval',
  description: 'an evaluation with all its metrics beside the engine alone, from memory and from image files',
  needs: [],
  async run(bench) {
    for (const subject of subjects) await compare(bench, subject);
    bench.note(
      'The engine alone is onnxruntime-node called directly with the batch that it is quickest at, its results unread. Ours finds its batch on the way. From files, ours lists the folder, groups equal images and finds the part to evaluate as well.',
    );
  },
};
