import { float, int } from '../../runtime/model/index.js';
import { activate } from './activations.js';
import { type Handler, onlyInput } from './handler.js';

/** `Activation`: any activation by name. */
export const activation: Handler = (call) =>
  activate(call.builder, call.layer.config.activation, onlyInput(call), call.layer.name);

/** `ReLU`, with its optional ceiling. */
export const relu: Handler = (call) => {
  const { max_value: max } = call.layer.config;
  const value = onlyInput(call);
  if (max === undefined || max === null) return activate(call.builder, 'relu', value, call.layer.name);
  const { builder, layer } = call;
  const bounds = [0, Number(max)].map((b, i) =>
    builder.floats(`${layer.name}/${i ? 'max' : 'min'}`, [], Float32Array.of(b)),
  );
  return { ...value, name: builder.node('Clip', layer.name, [value.name, ...bounds]) };
};

/** `LeakyReLU`: alpha x below zero (Keras' default 0.3). */
export const leakyRelu: Handler = (call) => {
  const value = onlyInput(call);
  const alpha = float(Number(call.layer.config.alpha ?? 0.3));
  return { ...value, name: call.builder.node('LeakyRelu', call.layer.name, [value.name], { alpha }) };
};

/** `Softmax` over the last axis (of an image: over the channels). */
export const softmax: Handler = (call) => {
  const value = onlyInput(call);
  const axis = int(value.order === 'channels-first' ? 1 : -1);
  return { ...value, name: call.builder.node('Softmax', call.layer.name, [value.name], { axis }) };
};
