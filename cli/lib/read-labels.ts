import { readFile } from 'node:fs/promises';
import { OnwardError } from '../../runtime/common/index.js';

/**
 * The classes of a model: `cat,dog`, or a file with one a line or with a JSON array of them.
 * @throws OnwardError kind `input` for a file that cannot be read, and where there are not two different ones
 */
export async function readLabels(given: string): Promise<string[]> {
  const labels = given.includes(',') ? given.split(',') : await fromFile(given);
  const trimmed = labels.map((label) => label.trim());
  const twice = trimmed.find((label, i) => trimmed.indexOf(label) !== i);
  if (trimmed.length >= 2 && twice === undefined && !trimmed.includes('')) return trimmed;
  const found = twice === undefined ? trimmed.map((label) => JSON.stringify(label)).join(', ') : `"${twice}" twice`;
  throw new OnwardError(
    'input',
    `--labels: expected two or more different names in the order of the model's outputs, got ${found || 'none'}`,
  );
}

async function fromFile(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new OnwardError(
      'input',
      `--labels: expected names with commas between them, or a file with one a line, and ${path} cannot be read (${cause.code})`,
      { cause },
    );
  });
  if (!text.trimStart().startsWith('[')) return text.trim().split(/\r?\n/);
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((label) => typeof label === 'string')) return list;
  } catch {
    // Said below, as for any other list.
  }
  throw new OnwardError('input', `--labels: expected ${path} to hold a JSON array of names, got something else`);
}
