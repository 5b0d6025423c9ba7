import type { Layer, LayersModel } from './layers-model.js';

function allLayers({ layers }: LayersModel): Layer[] {
  const parts = (layer: Layer): Layer[] => [
    layer,
    ...(layer.model ? allLayers(layer.model) : []),
    ...(layer.wrapped ? parts(layer.wrapped) : []),
  ];
  return layers.flatMap(parts);
}

/** Weights that hold a NaN or an infinity, as `layer/weight`: they are exported as they are, and make of everything the like. */
export function nonFiniteWeights(model: LayersModel): string[] {
  const found = allLayers(model).flatMap(({ name, weights }) =>
    [...weights].filter(([, { values }]) => !values.every(Number.isFinite)).map(([weight]) => `${name}/${weight}`),
  );
  return [...new Set(found)];
}

/** The classes whose inputs are places in a table, and what says how many there are. */
const tables: ReadonlyMap<string, string> = new Map([
  ['Embedding', 'input_dim'],
  ['CategoryEncoding', 'num_tokens'],
]);

/** The inputs of a model that take whole numbers, and below which: those that a table takes at once. */
export function tableInputs({ layers }: LayersModel): Map<string, number> {
  const inputs = new Set(layers.filter(({ className }) => className === 'InputLayer').map(({ name }) => name));
  const found = new Map<string, number>();
  for (const { className, config, calls } of layers) {
    const size = Number(config[tables.get(className) ?? '']);
    if (!(size > 0)) continue;
    for (const { layer } of calls.flat())
      if (inputs.has(layer)) found.set(layer, Math.min(size, found.get(layer) ?? size));
  }
  return found;
}
