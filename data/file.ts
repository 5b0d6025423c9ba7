import { openSync, read as readCallback } from 'node:fs';
import { promisify } from 'node:util';
import type { ImageSpec } from '../runtime/image/index.js';
import type { Dataset } from './dataset.js';
import { datasetOf } from './dataset-of.js';
import { runs } from './runs.js';

const read = promisify(readCallback);

export interface FileOptions {
  readonly name: string;
  readonly spec: ImageSpec;
  readonly classes: readonly string[];
  readonly labels: Uint32Array;
  /** Default: every image is a group of its own. */
  readonly groups?: Uint32Array | undefined;
  /** A file of uint8 `[labels.length, spec.height, spec.width, spec.channels]` and nothing else. */
  readonly path: string;
  /** sha256 of every image, 32 bytes each, one after another. */
  readonly fingerprints: Uint8Array;
  /** Default: the name and the image's number. */
  readonly origin?: ((index: number) => string) | undefined;
}

/**
 * Images that lie in a file and are read by position when a batch asks for them: memory is the labels' and the batch's, and
 * what the system keeps of the file while it has room. The file stays open until the process ends.
 */
export function fileDataset(options: FileOptions): Dataset {
  const { name, spec, labels, path, fingerprints } = options;
  const { length } = labels;
  const size = spec.height * spec.width * spec.channels;
  if (fingerprints.length !== length * 32) {
    throw new RangeError(`expected ${length} fingerprints of 32 bytes in ${name}, got ${fingerprints.length} bytes`);
  }
  let file: number | undefined;
  return datasetOf({
    ...options,
    async batch(indices) {
      file ??= openSync(path, 'r');
      const out = new Uint8Array(indices.length * size);
      await Promise.all(
        runs(indices).map(async ([start, count]) => {
          await readFully(file!, out, start * size, count * size, indices[start]! * size, path);
        }),
      );
      return out;
    },
    fingerprint: (index) => Buffer.from(fingerprints.buffer, fingerprints.byteOffset + index * 32, 32).toString('hex'),
  });
}

async function readFully(
  file: number,
  out: Uint8Array,
  at: number,
  bytes: number,
  position: number,
  path: string,
): Promise<void> {
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await read(file, out, at + done, bytes - done, position + done);
    if (bytesRead === 0) throw new Error(`${path} ended at byte ${position + done}: somebody shortened it`);
    done += bytesRead;
  }
}
