import { partialFile } from '../partial-file.js';
import type { EmbeddingWriter } from '../row.js';

/** A field as RFC 4180 quotes it. */
const field = (value: string | number) => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** What stands beside the vectors, a line each. */
export async function csvWriter(path: string): Promise<EmbeddingWriter> {
  const file = await partialFile(path);
  await file.write('split,index,file,label,predicted,probability\n');
  return {
    write: (rows) =>
      file.write(
        rows
          .map(
            ({ split, index, file, label, predicted, probability }) =>
              `${[split, index, file, label, predicted, probability.toPrecision(7)].map(field).join(',')}\n`,
          )
          .join(''),
      ),
    finish: file.finish,
    abort: file.abort,
  };
}
