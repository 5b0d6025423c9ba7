import { cropToAspect } from './aspect.js';
import { cut } from './cut.js';
import { type Handler, imageInput, imageOutput, isKeras, refuse } from './handler.js';
import { resize } from './resize.js';

/** `CenterCrop`: the middle of an image; of one that is too small, all of it (in Keras what has the shape) in the new size. */
export const centerCrop: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const [rows, columns] = image.shape as [number, number];
  const [height, width] = [Number(layer.config.height), Number(layer.config.width)];
  if (rows < height || columns < width) {
    const to = { height, width, interpolation: 'bilinear' } as const;
    const resized = isKeras(call)
      ? resize(call, cropToAspect(call, image, to), { ...to, coordinates: 'centers' })
      : resize(call, image, { ...to, coordinates: 'edges' });
    return imageOutput(call, resized);
  }
  if (columns === width + 1 && !isKeras(call)) {
    // It takes the box from column 1 to the very edge, where rounding decides whether the last column is in the image.
    throw refuse(
      call,
      `crops one column from ${columns}, where TensorFlow.js gives the last column on one backend and zeros on another; crop with a Cropping2D`,
    );
  }
  const begin = [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2)] as const;
  return imageOutput(call, cut(builder, layer.name, image, begin, [height, width]));
};
