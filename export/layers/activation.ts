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

/** `LeakyReLU`: alpha x below zero (Keras' default 0.3; Keras 3 calls it negative_slope). */
export const leakyRelu: Handler = (call) => {
  const { builder, layer } = call;
  const value = onlyInput(call);
  const alpha = float(Number(layer.config.alpha ?? layer.config.negative_slope ?? 0.3));
  return { ...value, name: builder.node('LeakyRelu', layer.name, [value.name], { alpha }) };
};

/** `Softmax` over the last axis (of an image: over the channels). */
export const softmax: Handler = (call) => {
  const value = onlyInput(call);
  requireConfig(call, 'axis', [-1, value.shape.length]);
  return activate(call.builder, 'softmax', value, call.layer.name);
};
