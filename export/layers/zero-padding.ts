import { eachSide, type Handler, imageInput, imageOutput, refuse } from './handler.js';

/** What gives no number below zero. */
const positive: ReadonlySet<string> = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Softplus']);

/** Zeros around an image (rows and columns of them), a sequence or a volume. */
const zeroPadding =
  (axes: number): Handler =>
  (call) => {
    const { builder, layer } = call;
    const image = imageInput(call, axes);
    const sides = eachSide(layer.config.padding ?? 1, axes);
    if (sides.flat().some((side) => !Number.isInteger(side) || side < 0)) {
      throw refuse(call, `has padding ${JSON.stringify(layer.config.padding)}, expected numbers from 0 up`);
    }
    // Where each of the axes begins, then where each ends.
    const [begins, ends] = [sides.map(([begin]) => begin), sides.map(([, end]) => end)];
    const pads = builder.integers(`${layer.name}/pads`, [0, 0, ...begins, 0, 0, ...ends]);
    const name = builder.node('Pad', layer.name, [image.name, pads]);
    const shape = [...sides.map(([begin, end], i) => image.shape[i]! + begin + end), image.shape.at(-1)!];
    const rim = !positive.has(builder.operatorBehind(image.name) ?? '');
    return imageOutput(call, { name, shape, order: 'channels-first', rim });
  };

export const zeroPadding1d = zeroPadding(1);
export const zeroPadding2d = zeroPadding(2);
export const zeroPadding3d = zeroPadding(3);
