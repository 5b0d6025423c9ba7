import { OnwardError } from '../../runtime/common/index.js';
import { decode, fit } from '../../runtime/image/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { imagesOf } from '../upload.js';

export interface DecodeLimits {
  readonly maxPixels: number | undefined;
  readonly maxImages: number;
}

/**
 * The images of an upload, decoded and fitted to the model: uint8 NHWC, one after another.
 * @throws OnwardError of the first one that cannot be read; which one it was, where there are several
 */
export async function fitted(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
  { input }: LoadedModel,
  { maxPixels, maxImages }: DecodeLimits,
): Promise<Uint8Array[]> {
  const images = await imagesOf({ bytes, contentType }, maxImages);
  const options = maxPixels === undefined ? {} : { maxPixels };
  const result: Uint8Array[] = [];
  for (const [i, image] of images.entries()) {
    try {
      result.push(fit(await decode(image, options), input));
    } catch (error) {
      if (images.length === 1 || !(error instanceof OnwardError)) throw error;
      throw new OnwardError(error.kind, `image ${i + 1} of ${images.length}: ${error.message}`, { cause: error });
    }
  }
  return result;
}
