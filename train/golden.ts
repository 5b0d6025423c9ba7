import type { Dataset } from '../data/index.js';
import { random } from '../runtime/common/index.js';
import { chooseGolden, encodeGolden, type RunGolden } from '../runtime/model/index.js';
import type { Network } from './network.js';

/** How many noise images stand in for private ones. */
const noiseCount = 16;

/** The samples by which every runtime tests itself: real ones out of the validation part, and noise. */
export async function goldenSamples(
  network: Network,
  dataset: Dataset,
  probabilities: Float32Array,
  seed: number,
): Promise<RunGolden> {
  const classes = dataset.classes.length;
  const chosen = chooseGolden(dataset.labels, probabilities, classes);
  const images = await dataset.batch(chosen);
  const stream = random(seed, 'noise');
  const noise = Uint8Array.from({ length: noiseCount * (images.length / chosen.length) }, () => stream.below(256));
  const encode = (kind: 'real' | 'noise', pixels: Uint8Array, count: number) =>
    encodeGolden({ kind, count, images: pixels, probabilities: network.predict(pixels, count) }, dataset.spec);
  return { real: encode('real', images, chosen.length), noise: encode('noise', noise, noiseCount) };
}
