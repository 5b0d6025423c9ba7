import { eachSide, type Handler, imageInput, imageOutput, refuse } from './handler.js';

/** `ZeroPadding2D`: rows and columns of zeros around an image. */
export const zeroPadding2d: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const [height, width, channels] = image.shape as [number, number, number];
  const [y, x] = eachSide(layer.config.padding ?? 1) as [[number, number], [number, number]];
  if ([...y, ...x].some((side) => !Number.isInteger(side) || side < 0)) {
    throw refuse(call, `has padding ${JSON.stringify(layer.config.padding)}, expected numbers from 0 up`);
  }
  // Where each of the four axes begins, then where each ends.
  const pads = builder.integers(`${layer.name}/pads`, [0, 0, y[0], x[0], 0, 0, y[1], x[1]]);
  const name = builder.node('Pad', layer.name, [image.name, pads]);
  const shape = [height + y[0] + y[1], width + x[0] + x[1], channels];
  return imageOutput(call, { name, shape, order: 'channels-first' });
};
