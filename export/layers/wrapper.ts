import { type Handler, refuse } from './handler.js';

/** `SpectralNormalization`: in prediction the layer in it, whose kernel was normalised when it was trained. */
export const wrapper: Handler = (call) => {
  const { layer, inputs, write } = call;
  if (!layer.wrapped) throw refuse(call, 'wraps nothing; save the model again');
  return write({ ...layer.wrapped, name: layer.name }, inputs);
};
