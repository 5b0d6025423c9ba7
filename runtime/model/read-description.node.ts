import { readFile, realpath } from 'node:fs/promises';
import { dirname, extname, resolve, sep } from 'node:path';
import { messageOf, OnwardError } from '../common/index.js';
import { type ClassifierDescription, parseDescription } from './foreign/index.js';

/** Where what is said of a file lies: `digits.onnx` has `digits.classifier.json`. */
export const descriptionBeside = (path: string): string =>
  `${path.slice(0, path.length - extname(path).length)}.classifier.json`;

function json(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OnwardError('input', `${where}: expected JSON, but it cannot be read (${messageOf(cause)})`, { cause });
  }
}

/** One label a line, or a JSON array of them. */
async function labelsIn(path: string, where: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError('input', `${where}: its labels cannot be read (${messageOf(cause)})`, { cause });
  });
  if (text.trimStart().startsWith('[')) return json(text, path);
  return text.trimEnd().split(/\r?\n/);
}

/**
 * @param folder what a path of labels is relative to
 * @param leaves whether it may lead out of there: who names the description may, who only puts it beside a model may not
 */
async function described(
  value: unknown,
  where: string,
  folder: string,
  leaves: boolean,
): Promise<ClassifierDescription> {
  const labels = (value as { labels?: unknown } | null)?.labels;
  if (typeof labels !== 'string') return parseDescription(value, where);
  if (!leaves) {
    const real = await realpath(resolve(folder, labels)).catch(() => undefined);
    if (real !== undefined && !real.startsWith((await realpath(folder)) + sep)) {
      throw new OnwardError('input', `${where}: expected "labels" to name a file in its own folder, got one outside`);
    }
  }
  return parseDescription({ ...(value as object), labels: await labelsIn(resolve(folder, labels), where) }, where);
}

/**
 * What is said of a model's file: by who names a description, or beside the file.
 * @param given a file, or JSON itself; left out, `<name>.classifier.json` beside the model, where that is
 * @returns undefined where nothing is said
 * @throws OnwardError kind `input` for one that cannot be read, or is wrong
 */
export async function readDescription(model: string, given?: string): Promise<ClassifierDescription | undefined> {
  if (given?.trimStart().startsWith('{')) return described(json(given, '--classifier'), '--classifier', '.', true);
  const path = given ?? descriptionBeside(model);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (given === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OnwardError(
      'input',
      `${path}: expected a description of a classifier, but it cannot be read (${messageOf(cause)})`,
      {
        cause,
      },
    );
  }
  return described(json(text, path), path, dirname(path), given !== undefined);
}
