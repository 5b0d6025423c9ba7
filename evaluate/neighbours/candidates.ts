import { type Dataset, someOfEachClass, subset } from '../../data/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import type { Tapped } from '../activations/index.js';
import type { EmbedOptions } from '../embeddings/index.js';
import { fittedTo } from '../score/fitted.js';
import type { GoldenCandidates } from './choose-golden.js';
import { collectVectors } from './collect-vectors.js';

/** As many are measured against the whole index in float64 to choose golden samples among; a few of each class. */
const count = 64;

/** Images with their vectors, for `neighbourGolden` to choose among: of what training did not learn from, where there is such a part. */
export async function goldenCandidates(
  tapped: Tapped,
  model: LoadedModel,
  given: Dataset,
  { seed, ...options }: EmbedOptions & { readonly seed: number },
): Promise<GoldenCandidates> {
  const each = Math.max(1, Math.floor(count / given.classes.length));
  const dataset = fittedTo(subset(given, someOfEachClass(given, each, seed).flat()), model.input);
  const images = await dataset.batch(Uint32Array.from({ length: dataset.length }, (_, i) => i));
  return { images, vectors: await collectVectors(tapped, model, dataset, options), labels: [...dataset.labels] };
}
