import { plain } from '../layout.js';
import { type Handler, onlyInput, seesChannelsFirst } from './handler.js';

/** `Flatten`: an image keeps its channels-first order, and whoever takes it next knows. */
export const flatten: Handler = (call) => {
  const { builder, layer } = call;
  const isFirst = seesChannelsFirst(call);
  const given = onlyInput(call);
  if (given.shape.length === 1) return given;
  // To a layer that sees channels first, what Keras has is what we call channels first.
  const input = isFirst ? plain(builder, given) : given;
  const image = isFirst ? [...input.shape.slice(1), input.shape[0]!] : input.shape;
  const shape = [image.reduce((a, b) => a * b, 1)];
  const name = builder.node('Flatten', layer.name, [input.name]);
  const channels = image.at(-1)!;
  // With one pixel or one channel both orders are the same.
  const isPlain = (!isFirst && input.order === 'plain') || shape[0] === channels || channels === 1;
  return isPlain ? { name, shape, order: 'plain' } : { name, shape, order: 'flat', image };
};
