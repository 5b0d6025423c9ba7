import { OnwardError } from '../../runtime/common/index.js';
import { type ImageHeader, readHeader } from '../../runtime/image/index.node.js';
import type { Outcome, Slots, Work } from '../batching/index.js';
import type { Limits } from '../limits.js';
import { isForm, partsOf, type Upload } from '../upload.js';
import type { Batch } from '../workers/index.js';

interface ImageWork extends Work {
  readonly contentType: string;
}

/** Larger pictures go alone: decoding one takes longer than a batch of small ones. */
const smallPixels = 512 * 512;

const batchOf = (works: readonly Work[]): Batch => ({
  kind: 'images',
  jobs: (works as readonly ImageWork[]).map(({ slot, contentType }) => ({
    slot: slot.id,
    length: slot.bytes.length,
    contentType,
  })),
});

/**
 * What the header of an image says.
 * @throws OnwardError kind `type`, `input` or `size`
 */
export function headerOfImage(bytes: Uint8Array, maxPixels: number): ImageHeader {
  if (bytes.length === 0) {
    throw new OnwardError('input', 'expected an image, got 0 bytes; send the file as the body');
  }
  return readHeader(bytes, { maxPixels });
}

/**
 * An upload as it came, for a worker to decode. What its header shows to be none is refused here, where it costs no worker
 * anything.
 * @throws OnwardError kind `type`, `input` or `size`
 */
export function imageWork(
  { bytes, contentType }: Upload,
  { client, slots, limits }: { readonly client: string; readonly slots: Slots; readonly limits: Limits },
): Work {
  const form = isForm(contentType);
  // A form fills the queue as its images do.
  const rows = form ? partsOf({ bytes, contentType }, limits.maxImages) : 1;
  const header = form ? undefined : headerOfImage(bytes, limits.maxPixels);
  const alone = !header || header.width * header.height > smallPixels;
  const slot = slots.take(bytes.length);
  slot.bytes.set(bytes);
  const work: ImageWork = { client, lane: alone ? 'image' : 'images', rows, alone, slot, contentType, batchOf };
  return work;
}

/** float32 `[classes]` of each image of a work. */
export function probabilitiesOf({ part, from, rows }: Outcome): Float32Array[] {
  const { data, shape } = part.outputs[0]!;
  const { buffer, byteOffset } = data as Uint8Array;
  const classes = shape[1]!;
  const all: Float32Array[] = [];
  for (let i = from; i < from + rows; i++) all.push(new Float32Array(buffer, byteOffset + i * classes * 4, classes));
  return all;
}
