import type { Dataset } from '../data/index.js';
import { OnwardError, random } from '../runtime/common/index.js';
import type { LoadedModel } from '../runtime/model/index.js';

/** Images for a model, in a fixed order. */
export interface Images {
  /** What they are, for a person. */
  readonly name: string;
  readonly length: number;
  /** uint8 NHWC of `count` images from `start` on */
  slice(start: number, count: number): Promise<Uint8Array>;
}

export function goldenImages(model: LoadedModel): Images | undefined {
  const { golden } = model;
  if (!golden) return undefined;
  const size = golden.images.length / golden.count;
  return {
    name: `${golden.count} golden samples`,
    length: golden.count,
    slice: async (start, count) => golden.images.subarray(start * size, (start + count) * size),
  };
}

/**
 * A dataset's images, shuffled (always the same way), so that the first n of them are of all classes.
 * @throws OnwardError kind `input` when they are of another size than the model takes
 */
export function datasetImages(dataset: Dataset, { input, name }: LoadedModel, limit = Infinity): Images {
  const wanted = [input.height, input.width, input.channels].join('x');
  const got = dataset.shape.join('x');
  if (wanted !== got) {
    throw new OnwardError(
      'input',
      `${name} takes images of ${wanted} (height, width, channels), and ${dataset.name} has ${got}`,
    );
  }
  const order = random('images').permutation(dataset.length).subarray(0, Math.min(limit, dataset.length));
  return {
    name: `${order.length} of the ${dataset.length} images of ${dataset.name}`,
    length: order.length,
    slice: (start, count) => dataset.batch(order.subarray(start, start + count)),
  };
}
