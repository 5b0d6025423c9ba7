import type { Calls } from './inbound.js';
import type { Given, LayerConfig } from './layers-model.js';

/** What Keras 3 calls operators that have other names in TensorFlow; the rest have the same in another spelling. */
const operators: ReadonlyMap<string, string> = new Map([
  ['abs', 'Absolute'],
  ['clip_by_value', 'Clip'],
  ['concat', 'Concatenate'],
  ['div', 'TrueDivide'],
  ['divide', 'TrueDivide'],
  ['getitem', 'GetItem'],
  ['l2_normalize', 'Normalize'],
  ['mul', 'Multiply'],
  ['neg', 'Negative'],
  ['pow', 'Power'],
  ['reduce_max', 'Max'],
  ['reduce_mean', 'Mean'],
  ['reduce_min', 'Min'],
  ['reduce_sum', 'Sum'],
  ['sub', 'Subtract'],
  ['swish', 'Silu'],
  ['truediv', 'TrueDivide'],
]);

/** The second operand, by whatever name TensorFlow knows it. */
const seconds: ReadonlySet<string> = new Set(['b', 'slice_spec', 'y']);

const settings: ReadonlyMap<string, string> = new Map([
  ['clip_value_max', 'x_max'],
  ['clip_value_min', 'x_min'],
  ['multiples', 'repeats'],
  ['paddings', 'pad_width'],
  ['perm', 'axes'],
  ['shape', 'newshape'],
]);

const camel = (name: string) => name.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** `{ start, stop, step }` as Keras 3 has it. */
function slices(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(slices);
  const part = value as { class_name?: unknown; start?: unknown } | null;
  if (part?.class_name === undefined && part !== null && typeof part === 'object' && 'start' in part)
    return { class_name: '__slice__', config: part };
  return value;
}

/** The operands in order, and all else as the settings that Keras 3 has. */
function translated({ args, kwargs }: Given): { given: Given; config: LayerConfig } {
  const operands = [...args];
  const config: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(kwargs)) {
    if (seconds.has(name)) operands[1] = slices(value);
    else if (name !== 'name') config[settings.get(name) ?? name] = value;
  }
  return { given: { args: operands, kwargs: {} }, config };
}

/** An operator of TensorFlow on a tensor (`TFOpLambda`, `SlicingOpLambda`), as Keras 2 writes it, as the one of Keras 3. */
export function tensorflowOperator(layer: LayerConfig, calls: Calls) {
  const path = String(layer.function).split('.');
  const name = path.at(-1)!.replace(/^__|__$/g, '');
  const all = calls.given.map(translated);
  // Keras 2 writes a layer for every call.
  const config: LayerConfig = { name: layer.name, ...all[0]?.config };
  const op = operators.get(name) ?? camel(name);
  return { className: `keras.ops.${op}`, config, calls: { ...calls, given: all.map(({ given }) => given) } };
}
