import type { Value } from '../value.js';
import { cut } from './cut.js';
import type { LayerCall } from './handler.js';

/** The middle of an image that has the shape of `height` x `width`, as large as it can be. As Keras rounds it. */
export function cropToAspect(
  { builder, layer }: LayerCall,
  image: Value,
  { height, width }: { readonly height: number; readonly width: number },
): Value {
  const [rows, columns] = image.shape as [number, number];
  const tall = Math.max(Math.min(rows, Math.trunc(Math.fround((columns * height) / width))), 1);
  const wide = Math.max(Math.min(columns, Math.trunc(Math.fround((rows * width) / height))), 1);
  const begin = [Math.trunc((rows - tall) / 2), Math.trunc((columns - wide) / 2)] as const;
  return cut(builder, `${layer.name}/middle`, image, begin, [tall, wide]);
}
