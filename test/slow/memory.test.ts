import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeTensorFlow } from 'onward/machine';
import { chooseBackend, type Recipe, recipeByName, train } from 'onward/train';
import { expect, it } from 'vitest';
import { stripesSplit } from '../train/datasets.js';

/** TensorFlow waits ten seconds for memory before it gives up. */
it('memory that runs out is said in a sentence, and leaves no folder', async ({ skip }) => {
  const probe = await probeTensorFlow('native');
  if (!probe.available) skip(probe.reason);
  const huge: Recipe = {
    ...recipeByName('small-cnn'),
    build: (tf, { shape, classes }) =>
      tf.sequential({
        layers: [
          tf.layers.upSampling2d({ size: [40_000, 40_000], inputShape: [...shape] as [number, number, number] }),
          tf.layers.globalAveragePooling2d({}),
          tf.layers.dense({ units: classes }),
          tf.layers.activation({ activation: 'softmax' }),
        ],
      }),
  };
  const folder = await mkdtemp(join(tmpdir(), 'onward-memory-'));
  const backend = await chooseBackend('native');
  const training = train(stripesSplit(60), { recipe: huge, backend, out: join(folder, 'huge'), batchSize: 24 });
  await expect(training).rejects.toMatchObject({
    kind: 'system',
    message:
      "memory ran out in a step of 24 images of 12x12x1; lower the batch size (--batch-size 12) or the images' size (--size 8)",
  });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
