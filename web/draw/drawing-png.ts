import { encodePng, type ImageSpec } from '../../runtime/image/index.browser.js';
import { paint } from './paint.js';
import { intoSquare, lineWidth, type Stroke } from './strokes.js';

/** Ten pixels for each of MNIST's. */
const side = 280;

/**
 * The drawing as the image file that the model and the server get: a square, ink against the model's background, white
 * on black where that is dark and black on white where it is light.
 */
export function drawingPng(strokes: readonly Stroke[], { background: [r, g, b] }: ImageSpec): Uint8Array<ArrayBuffer> {
  const dark = 0.299 * r + 0.587 * g + 0.114 * b < 128;
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = dark ? '#000' : '#fff';
  context.fillRect(0, 0, side, side);
  paint(context, intoSquare(strokes), side, lineWidth, dark ? '#fff' : '#000');
  const { data } = context.getImageData(0, 0, side, side);
  // Black, white and the grays between: one channel says it all.
  const gray = Uint8Array.from({ length: side * side }, (_, i) => data[i * 4]!);
  return encodePng({ width: side, height: side, data: gray }) as Uint8Array<ArrayBuffer>;
}
