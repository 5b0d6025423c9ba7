import { OnwardError } from '../runtime/common/index.js';
import type { LayersModel } from './read/layers-model.js';

/** A size of an input that its model leaves open, so that each run may choose another. */
export interface OpenSize {
  readonly input: string;
  /** Of the shape without the batch. */
  readonly axis: number;
}

/** Sizes of one sample; what is left open is null. */
type Shape = readonly (number | null)[];

/** The shape that each input of a model declares, without the batch; null for what declares none. */
export function declaredShapes({ inputs, layers }: LayersModel): Map<string, Shape | null> {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  return new Map(
    inputs.map(({ layer }) => {
      const { batch_input_shape: old, batch_shape: current } = byName.get(layer)?.config ?? {};
      const declared = old ?? current;
      const isShape = Array.isArray(declared) && declared.slice(1).every((size) => size === null || size >= 1);
      return [layer, isShape ? declared.slice(1) : null];
    }),
  );
}

/** The sizes that the inputs of a model leave open. */
export function openSizes(model: LayersModel): OpenSize[] {
  return [...declaredShapes(model)].flatMap(([input, shape]) =>
    (shape ?? []).flatMap((size, axis) => (size === null ? [{ input, axis }] : [])),
  );
}

const shown = (shape: Shape) => shape.map((size) => size ?? '?').join(',');

/**
 * The same model with inputs of these sizes.
 * @param shapes by the name of the input, without the batch
 * @throws OnwardError kind `input`: no such input, or sizes other than those that the model fixes
 */
export function withInputShapes(model: LayersModel, shapes: ReadonlyMap<string, readonly number[]>): LayersModel {
  const declared = declaredShapes(model);
  for (const [input, shape] of shapes) {
    if (!declared.has(input)) {
      throw new OnwardError('input', `there is no input "${input}"; the model has ${[...declared.keys()].join(', ')}`);
    }
    const known = declared.get(input) ?? shape;
    const fits = known.length === shape.length && known.every((size, i) => size === null || size === shape[i]);
    if (!fits || !shape.every((size) => Number.isInteger(size) && size >= 1)) {
      throw new OnwardError(
        'input',
        `the input "${input}" takes [${shown(known)}] (? is any whole number from 1 up), got [${shown(shape)}]`,
      );
    }
  }
  const layers = model.layers.map((layer) => {
    const shape = shapes.get(layer.name);
    if (!shape) return layer;
    const key = layer.config.batch_input_shape === undefined ? 'batch_shape' : 'batch_input_shape';
    return { ...layer, config: { ...layer.config, [key]: [null, ...shape] } };
  });
  return { ...model, layers };
}
