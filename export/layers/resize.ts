import { int, text } from '../../runtime/model/index.js';
import type { Value } from '../value.js';
import { type LayerCall, refuse } from './handler.js';

export type Interpolation = 'nearest' | 'bilinear';

interface Resize {
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  readonly coordinates: Coordinates;
}

/**
 * What the same point of both images is: `corners`: the middles of the pixels in the corners; `edges`: the middle of the
 * top left pixel; `centers`: the edges of the images, so that pixels have their centres at halves.
 */
export type Coordinates = 'corners' | 'edges' | 'centers';

/** Where each number of the output stands in the input, in float32 as TensorFlow computes it. */
export function positions(from: number, to: number, coordinates: Coordinates): number[] {
  const scale = Math.fround(coordinates === 'corners' && to > 1 ? (from - 1) / (to - 1) : from / to);
  const half = coordinates === 'centers' ? 0.5 : 0;
  return Array.from({ length: to }, (_, i) => Math.fround(Math.fround((i + half) * scale) - half));
}

/** The number that is nearest to each of the output, by TensorFlow's rule. */
function nearest(from: number, to: number, coordinates: Coordinates): number[] {
  const half = coordinates === 'edges' ? 0 : 0.5;
  return positions(from, to, coordinates).map((at) => Math.min(Math.floor(Math.fround(at + half)), from - 1));
}

/** The matrix `[to, from]` that interpolates between the two nearest numbers. */
function interpolation(from: number, to: number, coordinates: Coordinates): Float32Array {
  const matrix = new Float32Array(to * from);
  for (const [i, at] of positions(from, to, coordinates).entries()) {
    const below = Math.floor(at);
    const low = Math.min(Math.max(below, 0), from - 1);
    const high = Math.min(Math.max(below + 1, 0), from - 1);
    const part = Math.fround(at - below);
    matrix[i * from + low]! += 1 - part;
    matrix[i * from + high]! += part;
  }
  return matrix;
}

/** The rows of a matrix as columns. */
const transposed = (values: Float32Array, rows: number, columns: number) =>
  values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);

/**
 * An image in another size, by TensorFlow's rules for coordinates (`resizeBilinear`, `resizeNearestNeighbor`). ONNX's `Resize` takes factors, which only whole ones say exactly: others become products with matrices, or
 * picks of rows and columns.
 * @param image channels first
 */
export function resize(call: LayerCall, image: Value, to: Resize): Value {
  const { builder, layer } = call;
  const { name } = layer;
  const { height, width, interpolation: kind, coordinates } = to;
  if (![height, width].every((size) => Number.isInteger(size) && size >= 1)) {
    throw refuse(call, `makes images of ${height}x${width}, expected whole numbers from 1 up`);
  }
  const [rows, columns, channels] = image.shape as [number, number, number];
  const shape = [height, width, channels];
  const resized = (output: string): Value => ({ ...image, name: output, shape });
  if (rows === height && columns === width) return image;
  if (coordinates !== 'corners' && height % rows === 0 && width % columns === 0) {
    const scales = builder.floats(`${name}/scales`, [4], Float32Array.of(1, 1, height / rows, width / columns));
    const how = {
      mode: text(kind === 'nearest' ? 'nearest' : 'linear'),
      // Whole factors repeat each number as often, wherever its centre is.
      coordinate_transformation_mode: text(kind === 'nearest' || coordinates === 'edges' ? 'asymmetric' : 'half_pixel'),
      nearest_mode: text('floor'),
    };
    // The second input, a region of interest, is not given.
    return resized(builder.node('Resize', name, [image.name, '', scales], how));
  }
  if (kind === 'nearest') {
    const y = builder.integers(`${name}/rows`, nearest(rows, height, coordinates));
    const x = builder.integers(`${name}/columns`, nearest(columns, width, coordinates));
    const picked = builder.node('Gather', `${name}/picked`, [image.name, y], { axis: int(2) });
    return resized(builder.node('Gather', name, [picked, x], { axis: int(3) }));
  }
  const down = builder.floats(`${name}/rows`, [height, rows], interpolation(rows, height, coordinates));
  const across = transposed(interpolation(columns, width, coordinates), width, columns);
  const wide = builder.node('MatMul', `${name}/wide`, [
    image.name,
    builder.floats(`${name}/columns`, [columns, width], across),
  ]);
  return resized(builder.node('MatMul', name, [down, wide]));
}
