import { rename, rm } from 'node:fs/promises';
import { partialFile } from '../partial-file.js';
import type { EmbeddedRow, EmbeddingShape, EmbeddingWriter } from '../row.js';

/** Numbers in a row group: the library holds one in memory, at some thirty bytes a number. */
const numbersAtOnce = 1e6;

const required = { repetition_type: 'REQUIRED' } as const;
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required } as const;

/** One table with a column for the vectors (a list of float32), a row group after another. */
export async function parquetWriter(path: string, { width }: EmbeddingShape): Promise<EmbeddingWriter> {
  // Makes the folder, and says so where that is not to be.
  const { partial, abort } = await partialFile(path);
  await abort();
  // When it is needed: other verbs start without it.
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = fileWriter(partial);
  const table = new ParquetWriter({
    writer,
    createdBy: 'onward',
    schema: [
      { name: 'root', num_children: 7 },
      { name: 'split', ...text },
      { name: 'index', type: 'INT32', ...required },
      { name: 'file', ...text },
      { name: 'label', ...text },
      { name: 'predicted', ...text },
      { name: 'probability', type: 'FLOAT', ...required },
      { name: 'embedding', num_children: 1, converted_type: 'LIST', ...required },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', ...required },
    ],
  });
  const most = Math.max(1, Math.floor(numbersAtOnce / width));
  let rows: EmbeddedRow[] = [];
  let vectors: number[][] = [];
  const group = async () => {
    if (rows.length === 0) return;
    await table.write({
      columnData: [
        { name: 'split', data: rows.map(({ split }) => split) },
        { name: 'index', data: rows.map(({ index }) => index) },
        { name: 'file', data: rows.map(({ file }) => file) },
        { name: 'label', data: rows.map(({ label }) => label) },
        { name: 'predicted', data: rows.map(({ predicted }) => predicted) },
        { name: 'probability', data: rows.map(({ probability }) => probability) },
        // Hardly any two numbers are the same: a dictionary would be in vain, and so would their range.
        { name: 'embedding', data: vectors, encoding: 'PLAIN', statistics: false },
      ],
      rowGroupSize: most,
    });
    [rows, vectors] = [[], []];
  };
  return {
    async write(some, values) {
      for (const [i, row] of some.entries()) {
        rows.push(row);
        vectors.push(Array.from(values.subarray(i * width, (i + 1) * width)));
        if (rows.length === most) await group();
      }
    },
    async finish() {
      await group();
      await table.finish();
      await rename(partial, path);
    },
    abort: () => rm(partial, { force: true }),
  };
}
