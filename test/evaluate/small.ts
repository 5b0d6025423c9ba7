import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { random } from 'onward/common';
import { type Dataset, memoryDataset, type OpenedSource } from 'onward/data';
import type { Engine, Session } from 'onward/engines';
import type { Part } from 'onward/evaluate';
import { encodePng } from 'onward/image';
import type { LoadedModel } from 'onward/model';
import { channels, imagesOf, labels, reference, side, size, weightsOf } from '../runtime/engines/models.js';

const spec = { width: side, height: side, channels, fit: 'contain', background: [0, 0, 0] } as const;

export interface Small {
  readonly dataset: Dataset;
  readonly images: Uint8Array;
  /** float32, computed in float64 by the test's own code. */
  readonly probabilities: Float32Array;
}

/** Random images labelled by what the test model says of them, every `wrongEvery`-th by another class. */
export function small(
  count: number,
  {
    wrongEvery = 7,
    seed = 3,
    classes = labels,
  }: { wrongEvery?: number; seed?: number; classes?: readonly string[] } = {},
): Small {
  // Of a colour each, with noise: noise alone looks all the same to a model.
  const colors = random('small', seed);
  const images = imagesOf(seed, count).map((value) => value / 4);
  for (let image = 0; image < count; image++) {
    const color = Array.from({ length: channels }, () => colors.below(190));
    for (let i = 0; i < size; i++) images[image * size + i]! += color[i % channels]!;
  }
  const probabilities = reference(weightsOf(1), images, count);
  const own = Array.from({ length: count }, (_, i) => {
    const row = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
    const top = row.indexOf(Math.max(...row));
    if (i % wrongEvery !== wrongEvery - 1) return top;
    // Each class in turn, so that all of them have images.
    const other = Math.floor(i / wrongEvery) % labels.length;
    return other === top ? (top + 1) % labels.length : other;
  });
  const dataset = memoryDataset({ name: 'small', spec, classes, labels: own, pixels: images });
  return { dataset, images, probabilities };
}

export const partOfAll = (dataset: Dataset): Part => ({ name: 'all', dataset, how: 'all images', unseen: null });

export const sourceOf = (dataset: Dataset, parts: Partial<OpenedSource> = {}): OpenedSource => ({
  ...{ name: dataset.name, train: dataset, skipped: [], notes: [] },
  ...parts,
});

/** The same images as a folder of PNGs, a folder a class. */
export async function writeSmall(root: string, { dataset, images }: Small): Promise<string> {
  for (const name of dataset.classes) await mkdir(join(root, name), { recursive: true });
  for (let i = 0; i < dataset.length; i++) {
    const png = encodePng({ width: side, height: side, data: images.subarray(i * size, (i + 1) * size) });
    await writeFile(join(root, dataset.classes[dataset.labels[i]!]!, `${String(i).padStart(4, '0')}.png`), png);
  }
  return root;
}

/** An engine that answers with rows made up here, and remembers how many images it was given at once. */
export function fakeEngine(row: (image: Uint8Array) => readonly number[]): Engine & { readonly batches: number[] } {
  const batches: number[] = [];
  return {
    ...{ name: 'ort-cpu', tolerance: 1e-5, batches },
    probe: async () => ({ available: true, version: '1', device: 'none' }),
    async open(model: LoadedModel): Promise<Session> {
      const bytes = model.input.width * model.input.height * model.input.channels;
      return {
        ...{ engine: 'ort-cpu', version: '1', device: 'none', model },
        async predict(images, count) {
          batches.push(count);
          return Float32Array.from(
            Array.from({ length: count }, (_, i) => row(images.subarray(i * bytes, (i + 1) * bytes))).flat(),
          );
        },
        close: async () => {},
      };
    },
  };
}
