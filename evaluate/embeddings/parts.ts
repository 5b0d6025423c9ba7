import type { OpenedSource } from '../../data/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { partOf, trainingParts } from '../score/part.js';
import type { EmbeddedPart } from './write-embeddings.js';

/**
 * All images of a source, as training divided it where it can be told, else as it comes; or one part of it.
 * @throws OnwardError kind `input` for a part without images, or one that cannot be found again
 */
export async function embeddedParts(
  source: OpenedSource,
  model: LoadedModel,
  wanted?: string,
): Promise<EmbeddedPart[]> {
  if (wanted !== undefined && wanted !== 'all') {
    const { name, dataset } = await partOf(source, model, wanted);
    return [{ split: name, dataset }];
  }
  const { train, val, test } = trainingParts(source, model) ?? source;
  const isDivided = val !== undefined || test !== undefined;
  const parts = [
    { split: isDivided ? 'train' : 'all', dataset: train },
    ...(val ? [{ split: 'val', dataset: val }] : []),
    ...(test ? [{ split: 'test', dataset: test }] : []),
  ].filter(({ dataset }) => dataset.length > 0);
  // Says what there is, where there is nothing.
  if (parts.length === 0) await partOf(source, model, 'all');
  return parts;
}
