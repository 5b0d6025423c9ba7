import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { Augmentation, ImageShape, Settings } from './augmentation.js';
import { augmentBatch } from './batch.js';
import { mixBatch } from './mix/batch.js';
import type { Mix, Mixed } from './mix/mix.js';

/** What each worker knows from the start. */
export interface WorkerSetup {
  readonly shape: ImageShape;
  readonly augmentations: readonly { readonly name: string; readonly settings: Settings; readonly source: string }[];
  readonly mix: Mix | undefined;
}

export interface AugmentTask {
  /** uint8 NHWC, the whole of its memory, which is the worker's from here on. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** One an image. */
  readonly seeds: Uint32Array;
  readonly mixSeed: number;
}

export interface Augmented {
  /** uint8 NHWC */
  readonly images: Uint8Array;
  /** Undefined where nothing was mixed. */
  readonly mixed: Mixed | undefined;
}

const { shape, augmentations, mix } = workerData as WorkerSetup;

/** Made with the first task, so that it is the task that fails where this does. */
let made: Promise<readonly Augmentation[]> | undefined;
const makeAll = () =>
  Promise.all(augmentations.map(async ({ name, settings, source }) => (await import(source))[name](settings)));

export default async function augmentTask({ images, seeds, mixSeed }: AugmentTask): Promise<unknown> {
  made ??= makeAll();
  augmentBatch(images, shape, await made, seeds);
  const mixed = mix && mixBatch(images, seeds.length, shape, mix, mixSeed);
  const value: Augmented = { images, mixed };
  // The memory goes back to where it came from, without a copy.
  return move({ [transferableSymbol]: [images.buffer], [valueSymbol]: value } as never);
}
