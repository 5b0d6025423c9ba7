import { npyHeader } from '../npy.js';
import { partialFile } from '../partial-file.js';
import type { EmbeddingShape, EmbeddingWriter } from '../row.js';

/** float32 `[rows, width]` for `numpy.load`, and who is who in a CSV file beside it. */
export async function npyWriter(path: string, { rows, width }: EmbeddingShape): Promise<EmbeddingWriter> {
  const file = await partialFile(path);
  await file.write(npyHeader([rows, width]));
  return {
    write: (_, vectors) => file.write(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength)),
    finish: file.finish,
    abort: file.abort,
  };
}
