import { float } from '../../runtime/model/index.js';
import { activate, clip } from './activations.js';
import { type Handler, onlyInput } from './handler.js';

/** `Activation`: any activation by name. */
export const activation: Handler = (call) =>
  activate(call.builder, call.layer.config.activation, onlyInput(call), call.layer.name);

/**
 * `ReLU`: x from the threshold up, at most the ceiling, and below it a slope: slope (x - threshold). TensorFlow.js has the
 * ceiling only.
 */
export const relu: Handler = (call) => {
  const { builder, layer } = call;
  const { config, name } = layer;
  const max = config.max_value ?? undefined;
  const [slope, threshold] = [Number(config.negative_slope ?? 0), Number(config.threshold ?? 0)];
  const value = onlyInput(call);
  if (slope === 0 && threshold === 0) {
    return max === undefined ? activate(builder, 'relu', value, name) : clip(builder, value, Number(max), name);
  }
  const constant = (what: string, number: number) => builder.floats(`${name}/${what}`, [], Float32Array.of(number));
  let output: string;
  const own = max === undefined ? name : `${name}/slopes`;
  if (threshold === 0) output = builder.node('LeakyRelu', own, [value.name], { alpha: float(slope) });
  else {
    const at = constant('threshold', threshold);
    const isAbove = builder.node('GreaterOrEqual', `${name}/above`, [value.name, at]);
    const under = builder.node('Sub', `${name}/under`, [value.name, at]);
    const below = builder.node('Mul', `${name}/below`, [under, constant('slope', slope)]);
    output = builder.node('Where', own, [isAbove, value.name, below]);
  }
  if (max !== undefined) output = builder.node('Min', name, [output, constant('max', Number(max))]);
  return { ...value, name: output };
};

/** A layer that is one operator with one number. */
const withAlpha =
  (op: string, key: string, byDefault: number): Handler =>
  (call) => {
    const { builder, layer } = call;
    const value = onlyInput(call);
    // Keras 3 calls the slope negative_slope.
    const alpha = float(Number(layer.config[key] ?? layer.config.negative_slope ?? byDefault));
    return { ...value, name: builder.node(op, layer.name, [value.name], { alpha }) };
  };

/** `LeakyReLU`: alpha x below zero. */
export const leakyRelu = withAlpha('LeakyRelu', 'alpha', 0.3);

/** `ELU`: alpha (e^x - 1) below zero. */
export const elu = withAlpha('Elu', 'alpha', 1);

/** `ThresholdedReLU`: x above theta, and zero. */
export const thresholdedRelu = withAlpha('ThresholdedRelu', 'theta', 1);
