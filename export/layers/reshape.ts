import { plain } from '../layout.js';
import { type Handler, onlyInput, refuse } from './handler.js';

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** `Reshape`, in the order in which Keras has the numbers; one size may be left open. */
export const reshape: Handler = (call) => {
  const { builder, layer } = call;
  const given = onlyInput(call);
  const target = layer.config.target_shape;
  const sizes = (Array.isArray(target) ? target : []).map((size) => (size === null || size < 0 ? -1 : Number(size)));
  const total = product(given.shape);
  const open = sizes.indexOf(-1);
  const known = product(sizes.filter((size) => size !== -1));
  const shape = open < 0 ? sizes : sizes.with(open, total / known);
  if (
    !Array.isArray(target) ||
    product(shape) !== total ||
    !shape.every((size) => Number.isInteger(size) && size > 0)
  ) {
    throw refuse(call, `makes ${JSON.stringify(target)} of [${given.shape.join(', ')}], which has ${total} numbers`);
  }
  // A flattened image in its shape again is that image.
  const isImage = given.order === 'flat' && given.image!.join() === shape.join();
  const value = isImage ? given : plain(builder, given);
  const inGraph = isImage ? [shape.at(-1)!, ...shape.slice(0, -1)] : shape;
  const dims = builder.integers(`${layer.name}/shape`, [-1, ...inGraph]);
  const name = builder.node('Reshape', layer.name, [value.name, dims]);
  return { name, shape, order: isImage ? 'channels-first' : 'plain' };
};
