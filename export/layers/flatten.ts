import { type Handler, onlyInput, requireConfig } from './handler.js';

/** `Flatten`: an image keeps its channels-first order, and whoever takes it next knows. */
export const flatten: Handler = (call) => {
  requireConfig(call, 'data_format', ['channels_last']);
  const input = onlyInput(call);
  if (input.shape.length === 1) return input;
  const shape = [input.shape.reduce((a, b) => a * b, 1)];
  const name = call.builder.node('Flatten', call.layer.name, [input.name]);
  if (input.order !== 'channels-first') return { name, shape, order: 'plain' };
  const [height, width, channels] = input.shape as [number, number, number];
  // With one pixel or one channel both orders are the same.
  if (height * width === 1 || channels === 1) return { name, shape, order: 'plain' };
  return { name, shape, order: 'flat', image: [height, width, channels] };
};
