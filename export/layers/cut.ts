import type { GraphBuilder } from '../builder.js';
import type { Value } from '../value.js';

/**
 * A part of an image.
 * @param image channels first
 * @param begin its first row and column
 * @param size its rows and columns
 */
export function cut(
  builder: GraphBuilder,
  name: string,
  image: Value,
  begin: readonly [number, number],
  size: readonly [number, number],
): Value {
  const [rows, columns, channels] = image.shape as [number, number, number];
  if (rows === size[0] && columns === size[1]) return image;
  const starts = builder.integers(`${name}/starts`, begin);
  const ends = builder.integers(`${name}/ends`, [begin[0] + size[0], begin[1] + size[1]]);
  const axes = builder.integers(`${name}/axes`, [2, 3]);
  return { ...image, name: builder.node('Slice', name, [image.name, starts, ends, axes]), shape: [...size, channels] };
}
