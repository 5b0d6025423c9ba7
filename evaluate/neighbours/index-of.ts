import { type Dataset, type OpenedSource, wholeOf } from '../../data/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { trainingParts } from '../score/part.js';

/**
 * The images that a file of neighbours has in its index, found again by their digest.
 * @throws OnwardError kind `input` where the source has others, or only a part of them went in
 */
export function indexOf(source: OpenedSource, model: LoadedModel): Dataset {
  const { dataset } = model.provenance;
  const candidates = [trainingParts(source, model)?.train, source.train, wholeOf(source)];
  const found = candidates.find((one) => one && one.length === dataset?.images && one.digest === dataset.digest);
  if (found) return found;
  throw new OnwardError(
    'input',
    `--data: expected the ${dataset?.images ?? 'same'} images of the index of ${model.name}${dataset ? ` (${dataset.name}, sha256 ${dataset.digest.slice(0, 12)}…)` : ''}, got other ones in ${source.name}; give the dataset that onward knn fit was given, whole`,
  );
}
