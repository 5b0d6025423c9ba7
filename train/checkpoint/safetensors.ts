import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';

/** Named float32 values with their shapes, and words about them. */
export interface Safetensors {
  readonly metadata: { readonly [name: string]: string };
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).default({}) }).catchall(
  z.object({
    dtype: z.literal('F32'),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * Writes a file whole or not at all, also when the machine loses power: on the disk before it takes the place of the one
 * that was there. The format: https://github.com/huggingface/safetensors (a JSON header, then the values, little endian).
 */
export async function writeSafetensors(path: string, { metadata, tensors }: Safetensors): Promise<void> {
  let offset = 0;
  const entries = [...tensors].map(([name, values]) => {
    const begin = offset;
    offset += values.byteLength;
    return [name, { dtype: 'F32', shape: [values.length], data_offsets: [begin, offset] }] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const bytes = Buffer.from(text);
  // Blanks to a multiple of eight, so that whoever maps the file finds the values aligned.
  const header = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));

  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      for (const part of [length, header, ...[...tensors.values()].map(bytesOf)]) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    // A full disk is found out in a write that knows no path.
    throw Object.assign(error as Error, { path });
  }
}

/** The words of a file alone. @throws as `readSafetensors` */
export async function readSafetensorsMetadata(path: string): Promise<Safetensors['metadata']> {
  const file = await open(path);
  try {
    const first = await file.read(Buffer.alloc(8), 0, 8, 0);
    if (first.bytesRead < 8) throw new Error('it is too short');
    const length = Number(first.buffer.readBigUInt64LE());
    if (8 + length > (await file.stat()).size) throw new Error('it ends within its header');
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, 8);
    return headerSchema.parse(JSON.parse(buffer.toString('utf8'))).__metadata__;
  } finally {
    await file.close();
  }
}

/** @throws Error for a file that is not one of these, or not whole; the file system's, with its code */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const file = await readFile(path);
  if (file.length < 8) throw new Error('it is too short');
  const length = Number(file.readBigUInt64LE());
  const data = 8 + length;
  if (data > file.length) throw new Error('it ends within its header');
  const { __metadata__: metadata, ...entries } = headerSchema.parse(JSON.parse(file.toString('utf8', 8, data)));
  const tensors = new Map<string, Float32Array>();
  let end = 0;
  for (const [name, { data_offsets: offsets }] of Object.entries(entries)) {
    const [from, to] = offsets;
    if (to < from || (to - from) % 4 !== 0 || data + to > file.length) throw new Error(`it ends within ${name}`);
    // A copy: the values may stand at any byte.
    tensors.set(name, new Float32Array(Uint8Array.prototype.slice.call(file, data + from, data + to).buffer));
    end = Math.max(end, to);
  }
  if (data + end !== file.length) throw new Error('something stands behind its values');
  return { metadata, tensors };
}
