import { OnwardError } from '../../runtime/common/index.js';
import { type Attribute, float, int } from '../../runtime/model/index.js';
import type { GraphBuilder } from '../builder.js';
import { graphAxis } from '../layout.js';
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
  // max(0, min(1, x / 6 + 0.5)): what Keras 3 calls hard_sigmoid (see read/activation-names.ts).
  ['hard_sigmoid_keras_3', ['HardSigmoid', { alpha: float(1 / 6), beta: float(0.5) }]],
  ['celu', ['Celu', { alpha: float(1) }]],
  ['exponential', ['Exp', {}]],
  ['leaky_relu', ['LeakyRelu', { alpha: float(0.2) }]],
]);

/** Activations over the last axis of what Keras has. */
const overChannels: ReadonlyMap<string, string> = new Map([
  ['softmax', 'Softmax'],
  ['log_softmax', 'LogSoftmax'],
]);

/** Writes nodes after a value, under the activation's name: `node('Mul', 'half', x, 0.5)`; the last has no `part`. */
type Write = (op: string, part: string, ...inputs: (string | number | Attributes)[]) => string;

/** relu6(x + 3) / 6 */
const gate: Attributes = { alpha: float(1 / 6), beta: float(0.5) };

/** Activations of several operators, as TensorFlow.js composes them. */
const composed: ReadonlyMap<string, (x: string, write: Write) => string> = new Map<
  string,
  (x: string, write: Write) => string
>([
  // x (1 + erf(x / sqrt 2)) / 2
  [
    'gelu',
    (x, write) => {
      const erf = write('Erf', 'erf', write('Mul', 'scaled', x, Math.SQRT1_2));
      return write('Mul', '', x, write('Mul', 'cdf', write('Add', 'sum', erf, 1), 0.5));
    },
  ],
  // The approximation by a tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
  [
    'gelu_new',
    (x, write) => {
      const cube = write('Mul', 'cube', write('Mul', 'square', x, x), x);
      const inner = write('Add', 'inner', x, write('Mul', 'term', cube, 0.044715));
      const tanh = write('Tanh', 'tanh', write('Mul', 'scaled', inner, Math.sqrt(2 / Math.PI)));
      return write('Mul', '', x, write('Mul', 'cdf', write('Add', 'sum', tanh, 1), 0.5));
    },
  ],
  ['mish', (x, write) => write('Mul', '', x, write('Tanh', 'tanh', write('Softplus', 'softplus', x)))],
  ['hard_silu', (x, write) => write('Mul', '', x, write('HardSigmoid', 'gate', x, gate))],
  ['hard_tanh', (x, write) => write('Max', '', write('Min', 'ceiling', x, 1), -1)],
  ['log_sigmoid', (x, write) => write('Neg', '', write('Softplus', 'softplus', write('Neg', 'negative', x)))],
  ['tanh_shrink', (x, write) => write('Sub', '', x, write('Tanh', 'tanh', x))],
  ['swish', (x, write) => write('Mul', '', x, write('Sigmoid', 'sigmoid', x))],
]);

/** What Keras calls them as well. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['silu', 'swish'],
  ['hard_swish', 'hard_silu'],
]);

/** Those that Keras has and TensorFlow.js lacks. */
const kerasOnly: ReadonlySet<string> = new Set([
  ...['celu', 'exponential', 'hard_sigmoid_keras_3', 'hard_silu', 'hard_tanh', 'leaky_relu', 'log_sigmoid'],
  'tanh_shrink',
]);

export const activationNames: readonly string[] = [
  'linear',
  ...single.keys(),
  'relu6',
  ...overChannels.keys(),
  ...composed.keys(),
];

/** Those that TensorFlow.js has. */
export const tensorflowActivations: readonly string[] = activationNames.filter((name) => !kerasOnly.has(name));

/** min(max(x, min), max) */
export function clip(builder: GraphBuilder, value: Value, max: number, name: string, min = 0): Value {
  const bounds = [min, max].map((bound, i) =>
    builder.floats(`${name}/${i ? 'max' : 'min'}`, [], Float32Array.of(bound)),
  );
  return { ...value, name: builder.node('Clip', name, [value.name, ...bounds]) };
}

/**
 * Writes an activation by its Keras name (camelCase is taken too); softmax is over the channels.
 * @throws OnwardError kind `input` for one that is not in `activationNames`
 */
export function activate(builder: GraphBuilder, activation: unknown, value: Value, name: string): Value {
  const word = typeof activation === 'string' ? snake(activation) : (activation ?? 'linear');
  const known = typeof word === 'string' ? (aliases.get(word) ?? word) : word;
  if (known === 'linear') return value;
  if (known === 'relu6') return clip(builder, value, 6, name);
  const key = typeof known === 'string' ? known : '';
  const reduced = overChannels.get(key);
  if (reduced) {
    const axis = int(value.order === 'channels-first' ? graphAxis(value, value.shape.length) : -1);
    return { ...value, name: builder.node(reduced, name, [value.name], { axis }) };
  }
  const compose = composed.get(key);
  if (compose) {
    const constant = (part: string, number: number) => builder.floats(`${name}/${part}`, [], Float32Array.of(number));
    const write: Write = (op, part, ...inputs) => {
      const attributes = inputs.find((input) => typeof input === 'object');
      const names = inputs
        .filter((input) => typeof input !== 'object')
        .map((input) => (typeof input === 'number' ? constant(`${part}/by`, input) : input));
      return builder.node(op, part ? `${name}/${part}` : name, names, attributes);
    };
    return { ...value, name: compose(value.name, write) };
  }
  const entry = single.get(key);
  if (!entry) {
    throw new OnwardError(
      'input',
      `the activation ${JSON.stringify(known)} of "${name}" is not known; known: ${activationNames.join(', ')}`,
    );
  }
  return { ...value, name: builder.node(entry[0], name, [value.name], entry[1]) };
}
