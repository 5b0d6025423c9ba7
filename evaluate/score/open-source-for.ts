import type { OpenedSource, SourceOptions } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';

/** More images than this lie in a file and not in memory. */
const memory = 128 * 2 ** 20;

/**
 * Opens a dataset as a model takes its images. Where the images have one size and it is another, they are opened as they are,
 * and `evaluate` fits them.
 * @param open what opens it, with progress or without
 * @param onImages is given the images as they are decoded, of the model's size
 */
export async function openSourceFor(
  { input }: LoadedModel,
  open: (options: SourceOptions) => Promise<OpenedSource>,
  onImages?: SourceOptions['onImages'],
): Promise<OpenedSource> {
  const { width, height, channels, fit, background } = input;
  try {
    return await open({ size: { width, height }, channels, fit, background, memory, ...(onImages && { onImages }) });
  } catch (error) {
    // What a source whose images have one size says of another one.
    if (!(error instanceof OnwardError && error.kind === 'usage')) throw error;
    return open({ memory }).catch(() => {
      throw error;
    });
  }
}
