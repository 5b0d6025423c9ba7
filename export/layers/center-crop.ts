import { cut } from './cut.js';
import { type Handler, imageInput, imageOutput, refuse } from './handler.js';
import { resize } from './resize.js';

/** `CenterCrop` as TensorFlow.js has it: the middle of an image; of one that is too small, all of it in the new size. */
export const centerCrop: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const [rows, columns] = image.shape as [number, number];
  const [height, width] = [Number(layer.config.height), Number(layer.config.width)];
  if (rows < height || columns < width) {
    return imageOutput(call, resize(call, image, { height, width, interpolation: 'bilinear', alignCorners: false }));
  }
  if (columns === width + 1) {
    // It takes the box from column 1 to the very edge, where rounding decides whether the last column is in the image.
    throw refuse(
      call,
      `crops one column from ${columns}, where TensorFlow.js gives the last column on one backend and zeros on another; crop with a Cropping2D`,
    );
  }
  const begin = [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2)] as const;
  return imageOutput(call, cut(builder, layer.name, image, begin, [height, width]));
};
