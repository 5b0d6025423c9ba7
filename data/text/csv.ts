/** One record of a CSV file. */
export interface Row {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Comma-separated values as RFC 4180 defines them: fields in quotes may hold commas, line ends and, doubled, quotes. Takes
 * every line end, a byte order mark, and no last line end; empty lines are left out.
 *
 * @throws Error with the line, for a quote that is never closed or stands inside a field
 */
export function parseCsv(text: string, comma = ','): Row[] {
  const rows: Row[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    for (let more = true; more; ) {
      let field = '';
      if (text[at] === '"') {
        const opened = line;
        for (at++; ; ) {
          const end = text.indexOf('"', at);
          if (end < 0) throw new Error(`line ${opened} opens a quote that is never closed`);
          const part = text.slice(at, end);
          line += part.split('\n').length - 1;
          field += part;
          at = end + 1;
          if (text[at] !== '"') break;
          field += '"';
          at++;
        }
        if (at < text.length && text[at] !== comma && text[at] !== '\n' && text[at] !== '\r') {
          throw new Error(`line ${line} has "${text[at]}" behind a closing quote`);
        }
      } else {
        let end = at;
        while (end < text.length && text[end] !== comma && text[end] !== '\n' && text[end] !== '\r') end++;
        field = text.slice(at, end);
        if (field.includes('"')) throw new Error(`line ${line} has a quote inside a field that is not in quotes`);
        at = end;
      }
      fields.push(field);
      more = text[at] === comma;
      if (more) at++;
    }
    if (text[at] === '\r') at++;
    if (text[at] === '\n') at++;
    line++;
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: start, fields });
  }
  return rows;
}
