/** How much each pixel of an input counts for a class. */
export interface HeatMap {
  /** For a person: `class activation map`. */
  readonly title: string;
  /** How it was made, in a sentence or two, with whom it is from. */
  readonly how: string;
  readonly width: number;
  readonly height: number;
  /** float32 `[height, width]`, 0 to 1. */
  readonly values: Float32Array;
  /** What 1 stands for. */
  readonly most: string;
}

/** Values above zero, the largest as 1; all zero where none is above. */
export function positive(values: Float32Array): Float32Array {
  const top = values.reduce((a, b) => Math.max(a, b), 0);
  return values.map((value) => (top > 0 ? Math.max(0, value) / top : 0));
}

/** A map enlarged to the size of an image, bilinear, the outermost centres carried to the rim. */
export function enlarged(
  values: Float32Array,
  [h, w]: [number, number],
  [height, width]: [number, number],
): Float32Array {
  const result = new Float32Array(height * width);
  const place = (at: number, to: number, from: number): [number, number, number] => {
    const x = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
    const low = Math.floor(x);
    return [low, Math.min(from - 1, low + 1), x - low];
  };
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = place(y, height, h);
    for (let x = 0; x < width; x++) {
      const [left, right, across] = place(x, width, w);
      const row = (r: number) => values[r * w + left]! * (1 - across) + values[r * w + right]! * across;
      result[y * width + x] = row(top) * (1 - down) + row(bottom) * down;
    }
  }
  return result;
}
