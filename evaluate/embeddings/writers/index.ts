import { extname, join } from 'node:path';
import { OnwardError } from '../../../runtime/common/index.js';
import type { EmbeddingShape, EmbeddingWriter } from '../row.js';
import { csvWriter } from './csv.js';
import { npyWriter } from './npy.js';
import { parquetWriter } from './parquet.js';

/** A file that embeddings are written to. */
type Open = (shape: EmbeddingShape) => Promise<EmbeddingWriter>;

/**
 * The files that `--out` means, by its ending; without one it is a folder with all of them.
 * @throws OnwardError kind `usage` for the ending of another kind of file
 */
export function embeddingFiles(out: string): readonly { readonly path: string; readonly open: Open }[] {
  const npy = (path: string) => ({ path, open: (shape: EmbeddingShape) => npyWriter(path, shape) });
  const csv = (path: string) => ({ path, open: () => csvWriter(path) });
  const parquet = (path: string) => ({ path, open: (shape: EmbeddingShape) => parquetWriter(path, shape) });
  switch (extname(out).toLowerCase()) {
    case '.npy':
      return [npy(out), csv(`${out.slice(0, -4)}.csv`)];
    case '.parquet':
      return [parquet(out)];
    case '.csv':
    case '.h5':
    case '.json':
    case '.npz':
    case '.txt':
      throw new OnwardError('usage', `--out: expected a name that ends in .npy or .parquet, or a folder, got ${out}`);
    default:
      return [
        npy(join(out, 'embeddings.npy')),
        csv(join(out, 'embeddings.csv')),
        parquet(join(out, 'embeddings.parquet')),
      ];
  }
}
