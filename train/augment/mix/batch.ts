import { random } from '../../../runtime/common/index.js';
import type { ImageShape } from '../augmentation.js';
import { beta } from './beta.js';
import { cutmix } from './cutmix.js';
import type { Blend, Mix, Mixed } from './mix.js';
import { mixup } from './mixup.js';

/** Every way to mix. To add one, write it in a file and list it here. */
const blends: { readonly [kind in keyof Mix]: Blend } = { mixup, cutmix };

/**
 * Mixes a batch in place: with one share and one permutation of partners, which come from the seed.
 * @param images uint8 `[count, ...shape]`
 * @returns undefined where the batch stays as it is
 */
export function mixBatch(
  images: Uint8Array,
  count: number,
  shape: ImageShape,
  mix: Mix,
  seed: number,
): Mixed | undefined {
  const kinds = (['mixup', 'cutmix'] as const).filter((kind) => mix[kind] > 0);
  if (kinds.length === 0 || count < 2) return undefined;
  const stream = random(seed);
  const kind = kinds[stream.below(kinds.length)]!;
  const drawn = beta(mix[kind], stream);
  const partners = stream.permutation(count);
  const share = blends[kind](images, images.slice(), partners, Math.max(drawn, 1 - drawn), shape, stream);
  return { partners, share };
}
