import type { Weight } from '../read/layers-model.js';

/** So many rows and columns at once: what is read and written of a tile stays in a core's first cache. */
const tile = 16;

/** `[planes, rows, columns]` to `[columns, rows, planes]`, in tiles. */
function reversedAxes(values: Float32Array, planes: number, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns);
      for (let column = left; column < right; column++) {
        let to = (column * rows + top) * planes;
        for (let row = top; row < bottom; row++) {
          for (let plane = 0; plane < planes; plane++) {
            result[to++] = values[(plane * rows + row) * columns + column]!;
          }
        }
      }
    }
  }
  return result;
}

/**
 * A kernel as ONNX wants it: from `[...space, in, out]` to `[out, in, ...space]`.
 * @param depthwise Keras' depthwise kernel is `[...space, in, multiplier]`, ONNX's `[in * multiplier, 1, ...space]`
 */
export function kernelToOnnx({ dims, values }: Weight, depthwise = false): Weight {
  const space = dims.slice(0, -2);
  const [last, outputs] = dims.slice(-2) as [number, number];
  const [inputs, filters] = depthwise ? [1, last * outputs] : [last, outputs];
  const area = space.reduce((a, b) => a * b, 1);
  return { dims: [filters, inputs, ...space], values: reversedAxes(values, area, inputs, filters) };
}
