import type { GraphBuilder } from '../builder.js';
import type { Value } from '../value.js';

/**
 * A part of an image, a sequence or a volume.
 * @param image channels first
 * @param begin its first row and column
 * @param size its rows and columns
 */
export function cut(
  builder: GraphBuilder,
  name: string,
  image: Value,
  begin: readonly number[],
  size: readonly number[],
): Value {
  const space = image.shape.slice(0, -1);
  const channels = image.shape.at(-1)!;
  if (space.join() === size.join()) return image;
  const starts = builder.integers(`${name}/starts`, begin);
  const ends = builder.integers(
    `${name}/ends`,
    begin.map((from, i) => from + size[i]!),
  );
  const axes = builder.integers(
    `${name}/axes`,
    space.map((_, i) => i + 2),
  );
  return { ...image, name: builder.node('Slice', name, [image.name, starts, ends, axes]), shape: [...size, channels] };
}
