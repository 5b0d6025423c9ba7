import { OnwardError } from '../runtime/common/index.js';
import { encodeModel, type Graph, type GraphValue } from '../runtime/model/index.js';
import { anySizeGraph } from './any-size.js';
import { graphBuilder } from './builder.js';
import { type ConvertOptions, convert } from './convert.js';
import { openSizes, withInputShapes } from './input-shapes.js';
import { channelsFirst, plain } from './layout.js';
import { withOutputs } from './outputs.js';
import { optimize } from './passes/index.js';
import type { Inbound, LayersModel } from './read/layers-model.js';
import { forTarget, opsets, requireTarget, type TargetOptions } from './target/index.js';
import type { Value } from './value.js';

export interface ModelOptions extends ConvertOptions, TargetOptions {
  /** Inner layers to give in place of the model's own outputs: `block1`, or `inner/block1` of a model in it. */
  readonly outputs?: readonly string[] | undefined;
  /** `channels-first`: images enter as `[N, channels, height, width]`. Default: as the model takes them. */
  readonly inputLayout?: 'keras' | 'channels-first' | undefined;
  /** The same for images that leave. */
  readonly outputLayout?: 'keras' | 'channels-first' | undefined;
  /** Sizes for inputs that leave some open, by name, without the batch. */
  readonly inputShapes?: ReadonlyMap<string, readonly number[]>;
}

/** The names of a model's outputs: each its layer's, with a number where one layer gives several. */
function outputNames(outputs: readonly Inbound[]): string[] {
  const taken = new Set<string>();
  return outputs.map(({ layer, output }) => {
    const base = output === 0 ? layer : `${layer}_${output}`;
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
    taken.add(name);
    return name;
  });
}

/** @throws OnwardError kind `usage` for a model that nobody has read yet */
function requireRead(model: LayersModel): void {
  if (Array.isArray(model?.layers) && Array.isArray(model.outputs) && !('predict' in model)) return;
  throw new OnwardError(
    'usage',
    'expected what a reader gives: `await readLayersModel(model)` of a tf.LayersModel, `readModelBytes(bytes)`, or the `model` of `await readModelFile(path)`',
  );
}

/** @throws OnwardError kind `usage` for a layout that is none */
function requireLayout(option: string, layout: unknown): void {
  if (layout === undefined || layout === 'keras' || layout === 'channels-first') return;
  throw new OnwardError('usage', `${option}: expected 'keras' or 'channels-first', got ${JSON.stringify(layout)}`);
}

/**
 * The graph of any layers model, as it is: float32 inputs and outputs with the model's own names and in Keras' layout,
 * `[N, ...shape]`. Sizes that an input leaves open stay so where nothing in the graph depends on them. (`classifierGraph`
 * makes one that takes an image and carries everything.)
 * @throws OnwardError kind `input` as `convert` does, and where a size must be chosen
 */
export function modelGraph(model: LayersModel, { inputShapes = new Map(), ...options }: ModelOptions = {}): Graph {
  requireRead(model);
  requireTarget(options);
  requireLayout('inputLayout', options.inputLayout);
  requireLayout('outputLayout', options.outputLayout);
  const chosen = options.outputs?.length
    ? withOutputs(model, options.outputs)
    : { model, names: outputNames(model.outputs) };
  const shaped = withInputShapes(chosen.model, inputShapes);
  const anySize = openSizes(shaped).length > 0;
  const write = (fixed: LayersModel) => {
    const graph = fixedGraph(fixed, chosen.names, options, anySize);
    return options.optimize === 'none' ? graph : optimize(graph);
  };
  const graph = anySize ? anySizeGraph(shaped, write) : write(shaped);
  return forTarget(graph, { ...options, optimize: 'none' });
}

/** How a value of so many sizes lies in the graph's own inputs and outputs. */
const layoutOf = (shape: readonly number[], wanted: ModelOptions['inputLayout']) =>
  wanted === 'channels-first' && shape.length >= 2 ? 'channels-first' : 'plain';

/** The sizes of an input or output of the graph. */
const dimsOf = (shape: readonly number[], order: 'channels-first' | 'plain') =>
  order === 'plain' ? ['N', ...shape] : ['N', shape.at(-1)!, ...shape.slice(0, -1)];

function fixedGraph(
  model: LayersModel,
  ends: readonly string[],
  { inputLayout, outputLayout, ...options }: ModelOptions,
  anySize: boolean,
): Graph {
  const inputs: GraphValue[] = [];
  const starts = model.inputs.map(({ layer }) => layer);
  // An output that is an input as well would have its name twice.
  const names = ends.map((name) => (starts.includes(name) ? `${name}_output` : name));
  const builder = graphBuilder([...starts, ...names], { anySize });
  const given = new Map<string, Value>();
  const values = convert(
    model,
    builder,
    (layer, shape) => {
      const order = layoutOf(shape, inputLayout);
      inputs.push({ name: layer.name, type: 'float32', dims: dimsOf(shape, order) });
      given.set(layer.name, { name: layer.name, shape, order });
      return given.get(layer.name)!;
    },
    options,
  );
  const outputs = values.map((value, i): GraphValue => {
    const order = layoutOf(value.shape, outputLayout);
    const laid = order === 'plain' ? plain(builder, value) : channelsFirst(builder, value);
    builder.output(laid.name, names[i]!);
    return { name: names[i]!, type: 'float32', dims: dimsOf(value.shape, order) };
  });
  const order = new Map(starts.map((name, i) => [name, i]));
  inputs.sort((a, b) => order.get(a.name)! - order.get(b.name)!);
  return builder.finish({ name: model.name, opset: opsets.default, inputs, outputs });
}

/** The bytes of an ONNX file of any layers model; the same model gives the same bytes. Runs in a browser. */
export function exportModel(
  model: LayersModel,
  { producerVersion = '', ...options }: ModelOptions & { readonly producerVersion?: string | undefined } = {},
): Uint8Array<ArrayBuffer> {
  return encodeModel(modelGraph(model, options), [], producerVersion);
}
