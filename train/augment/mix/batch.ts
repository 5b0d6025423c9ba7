import { random } from '../../../runtime/common/index.js';
import type { ImageShape } from '../augmentation.js';
import { within } from '../check.js';
import { beta } from './beta.js';
import { cutmix } from './cutmix.js';
import type { Blend, Mix, Mixed } from './mix.js';
import { mixup } from './mixup.js';

/** Every way to mix. To add one, write it in a file and list it here. */
const blends: { readonly [kind in Mix['kind']]: Blend } = { cutmix, mixup };

/** @throws RangeError for settings that a mix cannot have */
export function checkMix({ kind, alpha, probability = 1 }: Mix): void {
  if (!Object.hasOwn(blends, kind)) throw new RangeError(`expected mix to be cutmix or mixup, got ${kind}`);
  within(`alpha of ${kind}`, alpha, 0.01, 10);
  within(`probability of ${kind}`, probability, 0, 1);
}

/**
 * Mixes a batch in place: with one share and one permutation of partners, which come from the seed.
 * @param images uint8 `[count, ...shape]`
 * @returns undefined where the batch stays as it is
 */
export function mixBatch(
  images: Uint8Array,
  count: number,
  shape: ImageShape,
  { kind, alpha, probability = 1 }: Mix,
  seed: number,
): Mixed | undefined {
  const stream = random(seed);
  if (stream.next() >= probability || count < 2) return undefined;
  const drawn = beta(alpha, stream);
  const partners = stream.permutation(count);
  const share = blends[kind](images, images.slice(), partners, Math.max(drawn, 1 - drawn), shape, stream);
  return { partners, share };
}
