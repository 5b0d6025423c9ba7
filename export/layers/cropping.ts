import { cut } from './cut.js';
import { eachSide, type Handler, imageInput, imageOutput, refuse } from './handler.js';

/** `Cropping2D`: rows and columns cut from the sides. */
export const cropping2d: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const [height, width] = image.shape as [number, number];
  const [y, x] = eachSide(layer.config.cropping ?? 0) as [[number, number], [number, number]];
  const size = [height - y[0] - y[1], width - x[0] - x[1]] as const;
  if (!size.every((left) => left >= 1) || [...y, ...x].some((side) => side < 0)) {
    throw refuse(call, `crops ${JSON.stringify(layer.config.cropping)} from an image of ${height}x${width}`);
  }
  return imageOutput(call, cut(builder, layer.name, image, [y[0], x[0]], size));
};
