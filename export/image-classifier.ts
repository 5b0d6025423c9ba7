import { OnwardError } from '../runtime/common/index.js';
import { type InputSpec, operatorBehind } from '../runtime/model/index.js';
import type { ConvertOptions } from './convert.js';
import { declaredShapes } from './input-shapes.js';
import { modelGraph } from './model.js';
import type { LayersModel } from './read/layers-model.js';

/**
 * The images that a model takes.
 * @throws OnwardError kind `input` for one that takes something else, or leaves their size open
 */
export function imagesOf(model: LayersModel, fit: InputSpec['fit']): InputSpec {
  const [shape = null, ...others] = declaredShapes(model).values();
  const [height, width, channels] = shape ?? [];
  if (others.length === 0 && shape?.length === 3 && height && width && (channels === 1 || channels === 3)) {
    return { width, height, channels, fit, background: [0, 0, 0] };
  }
  const found =
    others.length > 0 ? `${others.length + 1} inputs` : `[${(shape ?? []).map((size) => size ?? '?').join(', ')}]`;
  throw new OnwardError(
    'input',
    `expected a model that takes one image, [height, width, 1 or 3], got ${found}; without --labels it is exported as it is, and --input-shape chooses sizes that are open`,
  );
}

/** Whether a model gives probabilities, or logits that `classifierGraph` puts a softmax behind. */
export function scoresOf(model: LayersModel, { handlers }: ConvertOptions): 'probabilities' | 'logits' {
  const { nodes, outputs } = modelGraph(model, { handlers });
  return operatorBehind(nodes, outputs[0]!.name) === 'Softmax' ? 'probabilities' : 'logits';
}
