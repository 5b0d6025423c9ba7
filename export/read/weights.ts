import { z } from 'zod';
import { fromHalf, OnwardError } from '../../runtime/common/index.js';
import type { Weight } from './layers-model.js';

/** One entry of a weights manifest. https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts */
export const weightSpecSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.string(),
  /** How the bytes are stored when that is not float32: numbers are `stored * scale + min`, float16 without either. */
  quantization: z.object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() }).optional(),
});
export type WeightSpec = z.infer<typeof weightSpecSchema>;

/** Where numbers lie: the memory, the first byte, how many. */
type View = [buffer: ArrayBufferLike, byteOffset: number, length: number];

/** How many bytes a number takes as it is stored, and how it is read from aligned bytes. */
const storages: ReadonlyMap<string, { readonly size: number; read(...bytes: View): Float32Array }> = new Map([
  ['float32', { size: 4, read: (...bytes: View) => new Float32Array(...bytes) }],
  ['float16', { size: 2, read: (...bytes: View) => Float32Array.from(new Uint16Array(...bytes), fromHalf) }],
  ['int32', { size: 4, read: (...bytes: View) => Float32Array.from(new Int32Array(...bytes)) }],
  ['uint8', { size: 1, read: (...bytes: View) => Float32Array.from(new Uint8Array(...bytes)) }],
  ['uint16', { size: 2, read: (...bytes: View) => Float32Array.from(new Uint16Array(...bytes)) }],
  ['bool', { size: 1, read: (...bytes: View) => Float32Array.from(new Uint8Array(...bytes)) }],
]);

/** `q * scale + min`, computed in float64 and rounded once, as TensorFlow.js does. */
function dequantize(
  values: Float32Array,
  { scale = 1, min = 0 }: { scale?: number | undefined; min?: number | undefined },
): Float32Array {
  return values.map((value) => value * scale + min);
}

/**
 * The weights of a manifest, as float32 whatever they were stored as.
 * @param data the shards, one after another; float32 weights share their memory
 * @throws OnwardError kind `input`: a dtype that nobody reads, fewer or more bytes than the weights take
 */
export function readWeights(specs: readonly WeightSpec[], data: Uint8Array): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of specs) {
    const stored = quantization?.dtype ?? dtype;
    const storage = storages.get(stored);
    if (!storage) {
      throw new OnwardError(
        'input',
        `the weight "${name}" is stored as ${stored}, and ${[...storages.keys()].join(', ')} are read; save the model again`,
      );
    }
    const end = offset + shape.reduce((a, b) => a * b, storage.size);
    if (end > data.length) {
      throw new OnwardError(
        'input',
        `the weights end in "${name}": expected at least ${end} bytes, got ${data.length}; a shard is missing or truncated`,
      );
    }
    const bytes = data.subarray(offset, end);
    // Copied only where the numbers are not aligned. (`slice` of a Node Buffer would be no copy.)
    const aligned = bytes.byteOffset % storage.size === 0 ? bytes : new Uint8Array(bytes);
    const values = storage.read(aligned.buffer, aligned.byteOffset, aligned.byteLength / storage.size);
    const isAffine = quantization !== undefined && quantization.dtype !== 'float16';
    weights.set(name, { dims: shape, values: isAffine ? dequantize(values, quantization) : values });
    offset = end;
  }
  if (offset < data.length) {
    throw new OnwardError(
      'input',
      `the weights are ${data.length} bytes, and model.json describes ${offset}; a shard belongs to another model`,
    );
  }
  return weights;
}
