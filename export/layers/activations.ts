import { OnwardError } from '../../runtime/common/index.js';
import { type Attribute, float, int } from '../../runtime/model/index.js';
import type { GraphBuilder } from '../builder.js';
import { snake } from '../read/snake-case.js';
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

/** min(max(x, 0), max) */
export function clip(builder: GraphBuilder, value: Value, max: number, name: string): Value {
  const bounds = [0, max].map((bound, i) => builder.floats(`${name}/${i ? 'max' : 'min'}`, [], Float32Array.of(bound)));
  return { ...value, name: builder.node('Clip', name, [value.name, ...bounds]) };
}

/**
 * Writes an activation by its Keras name (camelCase is taken too); softmax is over the channels.
 * @throws OnwardError kind `input` for one that is not in `activationNames`
 */
export function activate(builder: GraphBuilder, activation: unknown, value: Value, name: string): Value {
  const known = typeof activation === 'string' ? snake(activation) : (activation ?? 'linear');
  if (known === 'linear') return value;
  if (known === 'relu6') return clip(builder, value, 6, name);
  if (known === 'softmax') {
    const axis = int(value.order === 'channels-first' ? 1 : -1);
    return { ...value, name: builder.node('Softmax', name, [value.name], { axis }) };
  }
  const entry = typeof known === 'string' && single.get(known);
  if (!entry) {
    throw new OnwardError(
      'input',
      `the activation ${JSON.stringify(known)} of "${name}" is not known; known: ${activationNames.join(', ')}`,
    );
  }
  return { ...value, name: builder.node(entry[0], name, [value.name], entry[1]) };
}
