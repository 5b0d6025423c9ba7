import { cut } from './cut.js';
import { eachSide, type Handler, imageInput, imageOutput, refuse } from './handler.js';

/** What is cut from the sides of an image (rows and columns), a sequence or a volume. */
const cropping =
  (axes: number): Handler =>
  (call) => {
    const { builder, layer } = call;
    const image = imageInput(call, axes);
    const space = image.shape.slice(0, -1);
    const sides = eachSide(layer.config.cropping ?? 0, axes);
    const size = sides.map(([begin, end], i) => space[i]! - begin - end);
    if (!size.every((left) => left >= 1) || sides.flat().some((side) => !(side >= 0))) {
      throw refuse(
        call,
        `crops ${JSON.stringify(layer.config.cropping)} from ${axes === 1 ? 'a sequence' : 'an image'} of ${space.join('x')}`,
      );
    }
    const begins = sides.map(([begin]) => begin);
    return imageOutput(call, cut(builder, layer.name, image, begins, size));
  };

export const cropping1d = cropping(1);
export const cropping2d = cropping(2);
export const cropping3d = cropping(3);
