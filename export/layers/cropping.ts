import { eachSide, type Handler, imageInput, imageOutput, refuse } from './handler.js';

/** `Cropping2D`: rows and columns cut from the sides. */
export const cropping2d: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const [height, width, channels] = image.shape as [number, number, number];
  const sides = eachSide(layer.config.cropping ?? 0);
  const space = [height, width].map((size, i) => size - sides[i]![0] - sides[i]![1]);
  if (!space.every((size) => size >= 1) || sides.flat().some((side) => side < 0)) {
    throw refuse(call, `crops ${JSON.stringify(layer.config.cropping)} from an image of ${height}x${width}`);
  }
  const starts = builder.integers(`${layer.name}/starts`, [sides[0]![0], sides[1]![0]]);
  const ends = builder.integers(`${layer.name}/ends`, [sides[0]![0] + space[0]!, sides[1]![0] + space[1]!]);
  const axes = builder.integers(`${layer.name}/axes`, [2, 3]);
  const name = builder.node('Slice', layer.name, [image.name, starts, ends, axes]);
  return imageOutput(call, { name, shape: [...space, channels], order: 'channels-first' });
};
