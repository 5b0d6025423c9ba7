import { type Dataset, memoryDataset } from '../../data/index.js';
import { random } from '../../runtime/common/index.js';
import { type Augmenter, createAugmenter, digits, photographs, trainingBatches } from '../../train/index.js';
import type { Bench, Benchmark } from '../benchmark.js';

const shapes = [
  [28, 28, 1],
  [32, 32, 3],
  [64, 64, 3],
  [224, 224, 3],
] as const;
const batchSize = 64;

/** An epoch of about 20 MB. */
function datasetOf([height, width, channels]: (typeof shapes)[number]): Dataset {
  const size = height * width * channels;
  const count = batchSize * Math.max(4, Math.min(100, Math.round(2e7 / size / batchSize)));
  const numbers = random('bench augment', size);
  const pixels = new Uint8Array(count * size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 100 + 60 * Math.sin(i / 9) + numbers.below(40);
  const spec = { width, height, channels, fit: 'contain', background: [0, 0, 0] } as const;
  return memoryDataset({ name: 'bench', spec, classes: ['a', 'b'], labels: new Uint8Array(count), pixels });
}

async function epoch(dataset: Dataset, augmenter: Augmenter): Promise<void> {
  const batches = trainingBatches(dataset, { batchSize, seed: 1, epoch: 1, augmenter });
  for await (const { images } of batches) if (images.length === 0) throw new Error('an empty batch');
}

async function compare(bench: Bench, shape: (typeof shapes)[number]): Promise<void> {
  const dataset = datasetOf(shape);
  const set = shape[2] === 1 ? 'digits' : 'photographs';
  const augmentations = { digits, photographs }[set](shape);
  const [one, here, two] = [1, 0, 2].map((threads) => createAugmenter({ shape, augmentations, threads })) as [
    Augmenter,
    Augmenter,
    Augmenter,
  ];
  try {
    await bench.contest(`${shape.join('x')}, ${set}`, {
      contestants: [
        { name: 'one worker', run: () => epoch(dataset, one) },
        { name: 'main thread', run: () => epoch(dataset, here) },
        { name: 'two workers', run: () => epoch(dataset, two) },
      ],
      images: dataset.length,
    });
  } finally {
    await Promise.all([one, here, two].map((augmenter) => augmenter.close()));
  }
}

/** How many images a second come out of the augmentation, with nobody training beside it. */
export const augmentBenchmark: Benchmark = {
  name: 'augment',
  description: 'an epoch augmented by the sets for digits and for photographs, in the main thread and in workers',
  needs: [],
  async run(bench) {
    for (const shape of shapes) await compare(bench, shape);
    bench.note('Batches of 64 in shuffled order out of memory, given to a consumer that does nothing with them.');
  },
};
