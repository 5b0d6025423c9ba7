import { OnwardError } from '../../runtime/common/index.js';
import { decode, defaultMaxPixels, fit, readHeader } from '../../runtime/image/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { imagesOf } from '../upload.js';

export interface DecodeLimits {
  /** Of one image. */
  readonly maxPixels: number | undefined;
  readonly maxImages: number;
}

/** The images of a form may have so many times the pixels that one may have. */
const imagesOfLargest = 4;

/**
 * The images of an upload, decoded and fitted to the model: uint8 NHWC, one after another.
 * @param goOn is called before each, and throws where nobody waits for them any more
 * @throws OnwardError of the first one that cannot be read; which one it was, where there are several
 */
export async function fitted(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
  { input }: LoadedModel,
  { maxPixels = defaultMaxPixels, maxImages }: DecodeLimits,
  goOn: () => void,
): Promise<Uint8Array[]> {
  const images = await imagesOf({ bytes, contentType }, maxImages);
  const named = <T>(i: number, error: T) =>
    images.length > 1 && error instanceof OnwardError
      ? new OnwardError(error.kind, `image ${i + 1} of ${images.length}: ${error.message}`, { cause: error })
      : error;
  // All headers first: they cost nothing, and what one of them shows costs no other's decoding.
  let pixels = 0;
  for (const [i, image] of images.entries()) {
    try {
      const { width, height } = readHeader(image, { maxPixels });
      pixels += width * height;
    } catch (error) {
      throw named(i, error);
    }
  }
  if (pixels > imagesOfLargest * maxPixels) {
    throw new OnwardError(
      'size',
      `expected at most ${imagesOfLargest * maxPixels} pixels in all images of one form, got ${pixels}; send fewer at once`,
    );
  }
  const result: Uint8Array[] = [];
  for (const [i, image] of images.entries()) {
    goOn();
    try {
      result.push(fit(await decode(image, { maxPixels }), input));
    } catch (error) {
      throw named(i, error);
    }
  }
  return result;
}
