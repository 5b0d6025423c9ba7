import type { Orientation } from './exif.js';
import type { Rgba } from './rgba.js';

/** True where upright and stored picture have width and height exchanged. */
export function turnsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** The picture upright. Orientation 1 is the same object, not a copy. */
export function orient(image: Rgba, orientation: Orientation): Rgba {
  if (orientation === 1) return image;
  const { width: w, height: h } = image;
  const source = pixels(image.data);
  const target = new Uint32Array(w * h);
  const [width, height] = turnsSides(orientation) ? [h, w] : [w, h];
  // Where the target's first pixel stands in the source, and how far a step to the right and a step down go there.
  const last = w * h - 1;
  const [start, right, down] = (
    {
      2: [w - 1, -1, w],
      3: [last, -1, -w],
      4: [last - (w - 1), 1, -w],
      5: [0, w, 1],
      6: [last - (w - 1), -w, 1],
      7: [last, -w, -1],
      8: [w - 1, w, -1],
    } as const
  )[orientation];
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0, at = start + y * down; x < width; x++, at += right) target[out++] = source[at]!;
  }
  return { width, height, data: new Uint8Array(target.buffer) };
}

/** Four bytes at once; a copy only where the bytes do not lie on a boundary of four. */
function pixels(data: Uint8Array): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}
