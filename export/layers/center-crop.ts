import { int } from '../../runtime/model/index.js';
import { type Handler, imageInput, imageOutput } from './handler.js';
import { resize } from './resize.js';

const { fround } = Math;

/**
 * Which rows TensorFlow.js takes: `cropAndResize` of the box from `begin` to `begin + to`, whose ends it counts in whole
 * images and whose pixels it rounds, all in float32. Mostly these are `begin`, `begin + 1`, ..., but not always.
 */
function rowsOf(begin: number, from: number, to: number): number[] {
  const [first, last] = [fround(begin / from), fround((to + begin) / from)];
  const step = to > 1 ? fround(fround(fround(last - first) * (from - 1)) / (to - 1)) : 0;
  const start = to > 1 ? fround(first * (from - 1)) : fround(fround(0.5 * fround(first + last)) * (from - 1));
  return Array.from({ length: to }, (_, i) =>
    Math.min(Math.max(Math.floor(fround(start + fround(i * step)) + 0.5), 0), from - 1),
  );
}

/** `CenterCrop` as TensorFlow.js has it: the middle of an image; of a smaller one, all of it in the new size. */
export const centerCrop: Handler = (call) => {
  const { builder, layer } = call;
  const image = imageInput(call);
  const [rows, columns, channels] = image.shape as [number, number, number];
  const [height, width] = [Number(layer.config.height), Number(layer.config.width)];
  const y = Math.floor((rows - height) / 2);
  // An odd column is cut from the left, an odd row from the bottom.
  const x = columns === width ? 0 : Math.floor((columns - width) / 2) || 1;
  if (y < 0 || x < 0) {
    return imageOutput(call, resize(call, image, { height, width, interpolation: 'bilinear', alignCorners: false }));
  }
  const pick = (part: string, from: string, indices: number[], size: number, axis: number, name: string) =>
    indices.length === size && indices.every((at, i) => at === i)
      ? from
      : builder.node('Gather', name, [from, builder.integers(`${layer.name}/${part}`, indices)], { axis: int(axis) });
  const cut = pick('rows', image.name, rowsOf(y, rows, height), rows, 2, `${layer.name}/cut`);
  const name = pick('columns', cut, rowsOf(x, columns, width), columns, 3, layer.name);
  return imageOutput(call, { name, shape: [height, width, channels], order: 'channels-first' });
};
