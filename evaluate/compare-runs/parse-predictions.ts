import { OnwardError } from '../../runtime/common/index.js';

/** The fields of a line as `predictionsCsv` quotes them. A file's name may hold a line end: lines are joined until quotes match. */
function* records(text: string): Generator<string[]> {
  let at = 0;
  while (at < text.length) {
    const fields: string[] = [];
    for (let more = true; more; ) {
      let field = '';
      if (text[at] === '"') {
        for (at++; ; at += 2) {
          const end = text.indexOf('"', at);
          if (end < 0) return;
          field += text.slice(at, end);
          at = end;
          if (text[at + 1] !== '"') break;
          field += '"';
        }
        at++;
      } else {
        const end = text.slice(at).search(/[,\n]/);
        field = end < 0 ? text.slice(at) : text.slice(at, at + end);
        at = end < 0 ? text.length : at + end;
      }
      fields.push(field);
      more = text[at] === ',';
      at++;
    }
    yield fields;
  }
}

/** Whether each image was called what it is: by the start of its sha256, and by its file. */
export interface Outcomes {
  readonly bySha: ReadonlyMap<string, boolean>;
  readonly byFile: ReadonlyMap<string, boolean>;
}

/**
 * What a predictions.csv says. Images that are byte for byte the same are told apart by how many came before; equal images with
 * different labels are two.
 * @throws OnwardError kind `input` for another file
 */
export function parsePredictions(text: string, name: string): Outcomes {
  const [head, ...rows] = [...records(text)];
  const columns = ['image', 'sha256', 'label', 'predicted'];
  const places = columns.map((column) => head?.indexOf(column) ?? -1) as [number, number, number, number];
  if (places.includes(-1)) {
    throw new OnwardError(
      'input',
      `${name}: expected the columns ${columns.join(', ')}, got ${head?.join(', ') || 'none'}; evaluate it again with --report --force`,
    );
  }
  const [file, sha, label, predicted] = places;
  const by = (column: number) => {
    const seen = new Map<string, number>();
    const found = new Map<string, boolean>();
    for (const row of rows) {
      const image = `${row[column]} ${row[label]}`;
      const before = seen.get(image) ?? 0;
      seen.set(image, before + 1);
      found.set(`${image} ${before}`, row[label] === row[predicted]);
    }
    return found;
  };
  return { bySha: by(sha), byFile: by(file) };
}
