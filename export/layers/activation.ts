import { float } from '../../runtime/model/index.js';
import { activate, clip } from './activations.js';
import { type Handler, onlyInput, requireConfig } from './handler.js';

/** `Activation`: any activation by name. */
export const activation: Handler = (call) =>
  activate(call.builder, call.layer.config.activation, onlyInput(call), call.layer.name);

/** `ReLU`, with its optional ceiling. */
export const relu: Handler = (call) => {
  requireConfig(call, 'negative_slope', [0]);
  requireConfig(call, 'threshold', [0]);
  const { builder, layer } = call;
  const max = layer.config.max_value ?? undefined;
  if (max === undefined) return activate(builder, 'relu', onlyInput(call), layer.name);
  return clip(builder, onlyInput(call), Number(max), layer.name);
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
