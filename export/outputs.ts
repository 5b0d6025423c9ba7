import { distance } from 'fastest-levenshtein';
import { OnwardError } from '../runtime/common/index.js';
import { callsInOrder } from './order.js';
import type { Inbound, Layer, LayersModel } from './read/layers-model.js';

/** A model that gives what chosen layers give, and the name of each of its outputs. */
export interface NamedOutputs {
  readonly model: LayersModel;
  readonly names: readonly string[];
}

/** Every layer that can be named: those in models in it as `inner/layer`. */
const pathsOf = ({ layers }: LayersModel): string[] =>
  layers.flatMap(({ name, model }) => [name, ...(model ? pathsOf(model).map((path) => `${name}/${path}`) : [])]);

/** @throws OnwardError kind `input` that names the layers with the nearest names */
function unknownLayer(model: LayersModel, path: string): OnwardError {
  const near = pathsOf(model)
    .map((name) => ({ name, far: distance(name, path) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => `"${name}"`);
  return new OnwardError(
    'input',
    `there is no layer "${path}" to give as an output; the nearest names are ${near.join(', ')}`,
  );
}

/** A layer's last call: of one that is called more than once, what the model goes on with. */
const lastOutput = ({ name, calls }: Layer): Inbound => ({
  layer: name,
  call: Math.max(calls.length - 1, 0),
  output: 0,
});

/** What a layer gives, and the model with it made one of the outputs of the models that it is in. */
function tap(model: LayersModel, path: string): { model: LayersModel; output: Inbound } | undefined {
  const layer = model.layers.find(({ name }) => name === path);
  if (layer) return { model, output: lastOutput(layer) };
  for (const outer of model.layers) {
    if (!outer.model || !path.startsWith(`${outer.name}/`)) continue;
    const inner = tap(outer.model, path.slice(outer.name.length + 1));
    if (!inner) continue;
    const outputs = [...inner.model.outputs, inner.output];
    const changed = { ...outer, model: { ...inner.model, outputs } };
    const layers = model.layers.map((each) => (each === outer ? changed : each));
    return { model: { ...model, layers }, output: { ...lastOutput(outer), output: outputs.length - 1 } };
  }
  return undefined;
}

/** A model without the layers that its outputs do not need: nobody has to write those. */
function pruned(model: LayersModel): LayersModel {
  const needed = new Set([
    ...callsInOrder(model).map(({ layer }) => layer.name),
    ...model.inputs.map(({ layer }) => layer),
  ]);
  return { ...model, layers: model.layers.filter(({ name }) => needed.has(name)) };
}

/**
 * A model with inner layers as outputs, named as they were asked for: `block1/conv`, or `inner/block1` of a model in it.
 * @param keep how many of the model's own outputs stay, before the others
 * @throws OnwardError kind `input` for a name that no layer has
 */
export function withOutputs(given: LayersModel, paths: readonly string[], keep = 0): NamedOutputs {
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined)
    throw new OnwardError('input', `the layer "${twice}" is named twice as an output; name it once`);
  let model = given;
  const outputs = given.outputs.slice(0, keep);
  for (const path of paths) {
    const tapped = tap(model, path);
    if (!tapped) throw unknownLayer(given, path);
    model = tapped.model;
    outputs.push(tapped.output);
  }
  const names = [...given.outputs.slice(0, keep).map(({ layer }) => layer), ...paths];
  return { model: pruned({ ...model, outputs }), names };
}

/** What stands between the numbers that describe an image and the classes. */
const head: ReadonlySet<string> = new Set([
  ...[
    'Activation',
    'AlphaDropout',
    'BatchNormalization',
    'Dense',
    'Dropout',
    'ELU',
    'GaussianDropout',
    'GaussianNoise',
  ],
  ...['LayerNormalization', 'LeakyReLU', 'PReLU', 'ReLU', 'Softmax', 'ThresholdedReLU'],
]);

/**
 * The layer whose output describes an image: what the dense layers at the end take, as a convolutional base was flattened or
 * pooled. Of a network of nothing but dense layers, what the last of them takes.
 * @throws OnwardError kind `input` where the end of the model is no such row of layers
 */
export function embeddingLayer({ layers, outputs }: LayersModel): string {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const before = ({ layer, call }: Inbound) => {
    const inputs = byName.get(layer)?.calls[call] ?? [];
    return inputs.length === 1 ? inputs[0] : undefined;
  };
  let beforeLastDense: Inbound | undefined;
  let at: Inbound | undefined = outputs[0];
  while (at && head.has(byName.get(at.layer)?.className ?? '')) {
    const next = before(at);
    if (byName.get(at.layer)!.className === 'Dense') beforeLastDense ??= next;
    at = next;
  }
  const isInput = (inbound: Inbound | undefined) => byName.get(inbound?.layer ?? '')?.className === 'InputLayer';
  // The image itself, or flattened, describes nothing yet.
  const isImage = !at || isInput(at) || isInput(before(at));
  const found = isImage ? beforeLastDense : at;
  if (found && beforeLastDense && !(isImage && found.layer === at?.layer)) return found.layer;
  throw new OnwardError(
    'input',
    'the model does not end in dense layers over numbers that describe an image, so nothing in it is known to be its embedding; name a layer in its place',
  );
}
