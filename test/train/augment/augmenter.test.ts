import { availableParallelism } from 'node:os';
import { seedOf } from 'onward/common';
import { type Dataset, memoryDataset } from 'onward/data';
import {
  type Augmentation,
  type AugmenterOptions,
  type Batch,
  type BatchOptions,
  createAugmenter,
  digits,
  jpeg,
  noise,
  photographs,
  trainingBatches,
} from 'onward/train';
import { afterEach, describe, expect, it } from 'vitest';

import { picture } from './images.js';

const shape = [16, 12, 3] as const;
const size = 16 * 12 * 3;
const everything = [...digits(), ...photographs(shape), noise({ deviation: 9 }), jpeg({ quality: [20, 90] })];

function pictures(length: number): Dataset {
  const pixels = new Uint8Array(length * size);
  for (let i = 0; i < length; i++) pixels.set(picture(shape, i), i * size);
  return memoryDataset({
    name: 'pictures',
    spec: { width: 12, height: 16, channels: 3, fit: 'contain', background: [0, 0, 0] },
    classes: ['a', 'b', 'c'],
    labels: Array.from({ length }, (_, i) => i % 3),
    pixels,
  });
}

const open: { close(): Promise<void> }[] = [];
const augmenter = (options: Partial<AugmenterOptions> = {}) => {
  const made = createAugmenter({ shape, augmentations: everything, ...options });
  open.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function epochOf(options: Partial<AugmenterOptions>, batching: Partial<BatchOptions> = {}): Promise<Batch[]> {
  const batches: Batch[] = [];
  const all = { batchSize: 8, seed: 5, epoch: 2, augmenter: augmenter(options), ...batching };
  for await (const batch of trainingBatches(pictures(45), all)) batches.push(batch);
  return batches;
}

describe('batches of a training', () => {
  const mix = { mixup: 0.3, cutmix: 1 };

  it('are the same in the main thread and with any number of workers', async () => {
    const here = await epochOf({ threads: 0, mix });
    expect(here).toHaveLength(6);
    expect(here.map(({ labels }) => labels.length)).toEqual([8, 8, 8, 8, 8, 5]);
    for (const threads of [1, 2, 3]) expect(await epochOf({ threads, mix })).toEqual(here);
    // Ones that are decided on the way.
    expect(await epochOf({ mix })).toEqual(here);
  });

  it('differ from epoch to epoch and from seed to seed', async () => {
    const images = async (batching: Partial<BatchOptions>) => String((await epochOf({}, batching))[0]!.images);
    const first = await images({});
    expect(await images({ epoch: 3 })).not.toBe(first);
    expect(await images({ seed: 6 })).not.toBe(first);
    expect(await images({})).toBe(first);
  });

  it('begin within an epoch where it was left', async () => {
    expect(await epochOf({ mix }, { from: 4 })).toEqual((await epochOf({ mix })).slice(4));
  });

  it('change an image alike in batches of any size', async () => {
    const imagesOf = (batches: readonly Batch[]) => String(batches.flatMap(({ images }) => [...images]));
    expect(imagesOf(await epochOf({}, { batchSize: 7 }))).toBe(imagesOf(await epochOf({}, { batchSize: 45 })));
  });

  it('leave the dataset as it is', async () => {
    const dataset = pictures(9);
    const before = await dataset.batch([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const options = { batchSize: 9, seed: 1, epoch: 1 };
    for (const threads of [0, 1]) {
      for await (const batch of trainingBatches(dataset, { ...options, augmenter: augmenter({ threads, mix }) })) {
        expect(batch.images).not.toEqual(before);
      }
    }
    expect(await dataset.batch([0, 1, 2, 3, 4, 5, 6, 7, 8])).toEqual(before);
  });

  it('are prepared ahead, so many and no more', async () => {
    const dataset = pictures(100);
    let asked = 0;
    const counting: Dataset = {
      ...dataset,
      batch(indices) {
        asked++;
        return dataset.batch(indices);
      },
    };
    const threaded = augmenter({ threads: 2 });
    const batches = trainingBatches(counting, { batchSize: 1, seed: 1, epoch: 1, augmenter: threaded });
    await batches.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toBe(1 + threaded.ahead + 1);
    await batches.next();
    expect(asked).toBe(2 + threaded.ahead + 1);
    await batches.return(undefined);
  });

  it('without augmentations come as the dataset gives them', async () => {
    const [batch] = await epochOf({ augmentations: [] }, { batchSize: 45 });
    const inOrder = new Set(Array.from({ length: 45 }, (_, i) => String(picture(shape, i))));
    for (let i = 0; i < 45; i++) {
      expect(inOrder).toContain(String(batch!.images.subarray(i * size, (i + 1) * size)));
    }
    expect(batch!.mixed).toBeUndefined();
  });
});

describe('an augmenter', () => {
  const seeds = Uint32Array.of(seedOf(1), seedOf(2));
  const two = () => new Uint8Array(2 * size).fill(50);
  const failing = (where: Partial<Augmentation>): Augmentation => ({
    ...{ name: 'failing', settings: {} },
    apply() {
      throw new Error('no such luck');
    },
    ...where,
  });

  it("passes an augmentation's error on, from the main thread and from a worker", async () => {
    await expect(augmenter({ augmentations: [failing({})] }).augment(two(), seeds, 1)).rejects.toThrow('no such luck');
    // A module that throws when it makes its augmentation.
    const source = `data:text/javascript,export const failing = () => ({ apply() { throw new Error('not there either') } })`;
    const worker = augmenter({ augmentations: [failing({ source })], threads: 1 });
    await expect(worker.augment(two(), seeds, 1)).rejects.toThrow('not there either');
    await expect(worker.augment(two(), seeds, 1)).rejects.toThrow('not there either');
  });

  it('fails, and does not hang, where a worker finds no source', async () => {
    const worker = augmenter({ augmentations: [failing({ source: 'file:///nowhere/failing.js' })], threads: 1 });
    await expect(worker.augment(two(), seeds, 1)).rejects.toThrow(/nowhere/);
  });

  it('runs an augmentation of ones own in workers where it says its source, and in the main thread otherwise', async () => {
    const source = `data:text/javascript,export const half = () => ({ apply: (image) => image.map((value) => value / 2) })`;
    const half: Augmentation = { name: 'half', settings: {}, apply: (image) => image.map((value) => value / 2) };
    for (const [augmentation, threads] of [
      [half, undefined],
      [{ ...half, source }, 1],
    ] as const) {
      const { images } = await augmenter({ augmentations: [augmentation], threads }).augment(two(), seeds, 1);
      expect(images).toEqual(new Uint8Array(2 * size).fill(25));
    }
    expect(() => augmenter({ augmentations: [half], threads: 1 })).toThrow(
      'expected a source of the augmentation half, as worker threads make it anew, got none',
    );
  });

  it.skipIf(availableParallelism() < 2)('moves to workers when it takes long, and not before', async () => {
    // It tells the two apart, which a real one never does.
    const slow: Augmentation = {
      ...{ name: 'slow', settings: {} },
      source: 'data:text/javascript,export const slow = () => ({ apply: (image) => image.map(() => 2) })',
      apply(image) {
        const end = performance.now() + 200;
        while (performance.now() < end);
        return image.map(() => 1);
      },
    };
    const moving = augmenter({ augmentations: [slow] });
    const where = async () => (await moving.augment(new Uint8Array(size), Uint32Array.of(1), 1)).images[0];
    expect(await where()).toBe(1);
    expect(await where()).toBe(1);
    expect(await where()).toBe(2);
  });

  it('closed, fails what is under way and ends', async () => {
    const closing = createAugmenter({ shape, augmentations: everything, threads: 1 });
    const underWay = Promise.allSettled(Array.from({ length: 20 }, () => closing.augment(two(), seeds, 1)));
    await closing.close();
    expect((await underWay).some(({ status }) => status === 'rejected')).toBe(true);
  });

  it('takes a view of larger memory without touching the rest', async () => {
    for (const threads of [0, 1]) {
      const memory = new Uint8Array(4 * size).fill(7);
      await augmenter({ threads }).augment(memory.subarray(size, 3 * size), seeds, 1);
      expect(memory).toEqual(new Uint8Array(4 * size).fill(7));
    }
  });
});
