import { encodeModel, type Graph, type GraphValue } from '../runtime/model/index.js';
import { anySizeGraph } from './any-size.js';
import { graphBuilder } from './builder.js';
import { type ConvertOptions, convert } from './convert.js';
import { openSizes, withInputShapes } from './input-shapes.js';
import { plain } from './layout.js';
import { optimize } from './passes/index.js';
import type { Inbound, LayersModel } from './read/layers-model.js';
import type { Value } from './value.js';

export interface ModelOptions extends ConvertOptions {
  /** https://onnx.ai/onnx/ lists them. Default: 17 (ONNX 1.12), which every runtime of the last years reads. */
  readonly opset?: number;
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

/**
 * The graph of any layers model, as it is: float32 inputs and outputs with the model's own names and in Keras' layout,
 * `[N, ...shape]`. Sizes that an input leaves open stay so where nothing in the graph depends on them. (`classifierGraph`
 * makes one that takes an image and carries everything.)
 * @throws OnwardError kind `input` as `convert` does, and where a size must be chosen
 */
export function modelGraph(model: LayersModel, { inputShapes = new Map(), ...options }: ModelOptions = {}): Graph {
  const shaped = withInputShapes(model, inputShapes);
  const write = (fixed: LayersModel) => fixedGraph(fixed, options);
  return openSizes(shaped).length > 0 ? anySizeGraph(shaped, write) : write(shaped);
}

function fixedGraph(model: LayersModel, { opset = 17, ...options }: ModelOptions): Graph {
  const inputs: GraphValue[] = [];
  const ends = outputNames(model.outputs);
  const starts = model.inputs.map(({ layer }) => layer);
  // An output that is an input as well would have its name twice.
  const names = ends.map((name) => (starts.includes(name) ? `${name}_output` : name));
  const builder = graphBuilder([...starts, ...names]);
  const given = new Map<string, Value>();
  const values = convert(
    model,
    builder,
    (layer, shape) => {
      inputs.push({ name: layer.name, type: 'float32', dims: ['N', ...shape] });
      given.set(layer.name, { name: layer.name, shape, order: 'plain' });
      return given.get(layer.name)!;
    },
    options,
  );
  const outputs = values.map((value, i): GraphValue => {
    builder.output(plain(builder, value).name, names[i]!);
    return { name: names[i]!, type: 'float32', dims: ['N', ...value.shape] };
  });
  const order = new Map(starts.map((name, i) => [name, i]));
  inputs.sort((a, b) => order.get(a.name)! - order.get(b.name)!);
  return optimize(builder.finish({ name: model.name, opset, inputs, outputs }));
}

/** The bytes of an ONNX file of any layers model; the same model gives the same bytes. Runs in a browser. */
export function exportModel(
  model: LayersModel,
  { producerVersion, ...options }: ModelOptions & { readonly producerVersion: string },
): Uint8Array<ArrayBuffer> {
  return encodeModel(modelGraph(model, options), [], producerVersion);
}
