import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface Block {
  readonly language: string;
  readonly text: string;
}

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The fenced blocks below a heading of a document, in their order. */
export async function blocksOf(file: string, heading: string): Promise<Block[]> {
  const text = await readFile(`${root}/${file}`, 'utf8');
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`${file} has no heading ${heading}`);
  const next = text.indexOf('\n## ', start + 1);
  const section = text.slice(start, next < 0 ? undefined : next);
  return [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, block]) => ({
    language: language!,
    text: block!,
  }));
}
