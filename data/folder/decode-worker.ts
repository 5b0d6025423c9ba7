import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { messageOf } from '../../runtime/common/index.js';
import { decode, fit, type ImageSpec, type Rgba } from '../../runtime/image/index.node.js';

/** Some files to decode, in one message: a message each would cost more than a small image. */
export interface DecodeTask {
  readonly root: string;
  readonly files: readonly string[];
  readonly spec: ImageSpec;
  readonly maxPixels: number;
}

export interface DecodeResult {
  /** `files.length` fitted images; those of unreadable files are 0. */
  readonly pixels: Uint8Array;
  /** One a file: 0 unreadable, 1 gray, 3 in colour. */
  readonly channels: Uint8Array;
  /** A sentence for each unreadable file, by its place in `files`. */
  readonly failures: readonly { readonly index: number; readonly reason: string }[];
}

// The workers are the parallelism: more threads inside each would only take turns, and no picture comes twice.
sharp.concurrency(1);
sharp.cache(false);

export default async function decodeFiles({ root, files, spec, maxPixels }: DecodeTask): Promise<DecodeResult> {
  const size = spec.width * spec.height * spec.channels;
  const pixels = new Uint8Array(files.length * size);
  const channels = new Uint8Array(files.length);
  const failures: { index: number; reason: string }[] = [];
  const decodeFile = async (file: string, index: number) => {
    try {
      const image = await decode(await read(join(root, file), file), { name: file, maxPixels });
      pixels.set(fit(image, spec), index * size);
      channels[index] = isGray(image) ? 1 : 3;
    } catch (thrown) {
      failures.push({ index, reason: messageOf(thrown) });
    }
  };
  // Two at a time: while sharp decodes one in its own thread, this one fits the other.
  const queue = files.entries();
  const work = async () => {
    for (const [index, file] of queue) await decodeFile(file, index);
  };
  await Promise.all([work(), work()]);
  return { pixels, channels, failures };
}

async function read(path: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new Error(
      `${file} cannot be read (${(cause as NodeJS.ErrnoException).code}): check the file and its permissions`,
    );
  }
}

function isGray({ data }: Rgba): boolean {
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  }
  return true;
}
