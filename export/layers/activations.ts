import { OnwardError } from '../../runtime/common/index.js';
import { type Attribute, float, int } from '../../runtime/model/index.js';
import type { GraphBuilder } from '../builder.js';
import type { Value } from '../value.js';

type Attributes = { readonly [name: string]: Attribute };

/** Activations that are one ONNX operator each. https://onnx.ai/onnx/operators/ */
const single: ReadonlyMap<string, readonly [op: string, attributes: Attributes]> = new Map([
  ['relu', ['Relu', {}]],
  ['sigmoid', ['Sigmoid', {}]],
  ['tanh', ['Tanh', {}]],
  ['elu', ['Elu', { alpha: float(1) }]],
  // Keras' constants; ONNX's defaults are the same numbers rounded earlier.
  ['selu', ['Selu', { alpha: float(1.6732632423543772), gamma: float(1.0507009873554805) }]],
  ['softplus', ['Softplus', {}]],
  ['softsign', ['Softsign', {}]],
  // max(0, min(1, 0.2 x + 0.5)), as TensorFlow.js and Keras 2 define it.
  ['hard_sigmoid', ['HardSigmoid', { alpha: float(0.2), beta: float(0.5) }]],
]);

export const activationNames: readonly string[] = ['linear', ...single.keys(), 'relu6', 'softmax'];

/** The axis of a value's channels in the graph, as ONNX counts. */
const channelAxis = (value: Value) => (value.order === 'channels-first' ? 1 : -1);

/** Writes an activation by its Keras name (camelCase is taken too). */
export function activate(builder: GraphBuilder, activation: unknown, value: Value, name: string): Value {
  const known = String(activation ?? 'linear')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  if (known === 'linear') return value;
  if (known === 'softmax') {
    return { ...value, name: builder.node('Softmax', name, [value.name], { axis: int(channelAxis(value)) }) };
  }
  if (known === 'relu6') {
    const bounds = [0, 6].map((bound) => builder.floats(`${name}/${bound}`, [], Float32Array.of(bound)));
    return { ...value, name: builder.node('Clip', name, [value.name, ...bounds]) };
  }
  const entry = single.get(known);
  if (!entry) {
    throw new OnwardError(
      'input',
      `the activation "${known}" of "${name}" is not known; known: ${activationNames.join(', ')}`,
    );
  }
  return { ...value, name: builder.node(entry[0], name, [value.name], entry[1]) };
}
