import { int, text } from '../../runtime/model/index.js';
import type { Value } from '../value.js';
import { type LayerCall, refuse } from './handler.js';

export type Interpolation = 'nearest' | 'bilinear';

interface Resize {
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  /** The corners of both images are the same points; else their top left pixels begin at the same point. */
  readonly alignCorners: boolean;
}

/** Where each number of the output stands in the input, in float32 as TensorFlow computes it. */
export function positions(from: number, to: number, alignCorners: boolean): number[] {
  const scale = Math.fround(alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to);
  return Array.from({ length: to }, (_, i) => Math.fround(i * scale));
}

/** The matrix `[to, from]` that interpolates between the two nearest numbers. */
function interpolation(from: number, to: number, alignCorners: boolean): Float32Array {
  const matrix = new Float32Array(to * from);
  for (const [i, at] of positions(from, to, alignCorners).entries()) {
    const low = Math.min(Math.floor(at), from - 1);
    const high = Math.min(low + 1, from - 1);
    const part = Math.fround(at - low);
    matrix[i * from + low]! += 1 - part;
    matrix[i * from + high]! += part;
  }
  return matrix;
}

/** The rows of a matrix as columns. */
const transposed = (values: Float32Array, rows: number, columns: number) =>
  values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);

/**
 * An image in another size, by TensorFlow.js' rule for coordinates (`resizeBilinear`, `resizeNearestNeighbor`; half-pixel
 * centres off). ONNX's `Resize` takes factors, which only whole ones say exactly: others become products with matrices, or
 * picks of rows and columns.
 * @param image channels first
 */
export function resize(call: LayerCall, image: Value, to: Resize): Value {
  const { builder, layer } = call;
  const { name } = layer;
  const { height, width, interpolation: kind, alignCorners } = to;
  if (![height, width].every((size) => Number.isInteger(size) && size >= 1)) {
    throw refuse(call, `makes images of ${height}x${width}, expected whole numbers from 1 up`);
  }
  const [rows, columns, channels] = image.shape as [number, number, number];
  const shape = [height, width, channels];
  const resized = (output: string): Value => ({ ...image, name: output, shape });
  if (rows === height && columns === width) return image;
  if (!alignCorners && height % rows === 0 && width % columns === 0) {
    const scales = builder.floats(`${name}/scales`, [4], Float32Array.of(1, 1, height / rows, width / columns));
    const how = {
      mode: text(kind === 'nearest' ? 'nearest' : 'linear'),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
    };
    // The second input, a region of interest, is not given.
    return resized(builder.node('Resize', name, [image.name, '', scales], how));
  }
  if (kind === 'nearest') {
    const pick = (from: number, size: number) =>
      positions(from, size, alignCorners).map((at) =>
        Math.min(alignCorners ? Math.floor(at + 0.5) : Math.floor(at), from - 1),
      );
    const y = builder.integers(`${name}/rows`, pick(rows, height));
    const x = builder.integers(`${name}/columns`, pick(columns, width));
    const picked = builder.node('Gather', `${name}/picked`, [image.name, y], { axis: int(2) });
    return resized(builder.node('Gather', name, [picked, x], { axis: int(3) }));
  }
  const down = builder.floats(`${name}/rows`, [height, rows], interpolation(rows, height, alignCorners));
  const across = transposed(interpolation(columns, width, alignCorners), width, columns);
  const wide = builder.node('MatMul', `${name}/wide`, [
    image.name,
    builder.floats(`${name}/columns`, [columns, width], across),
  ]);
  return resized(builder.node('MatMul', name, [down, wide]));
}
