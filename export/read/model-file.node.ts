import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { LayersModel } from './layers-model.js';
import { about, formatOf, type ModelFormat, readModelBytes } from './model-bytes.js';
import { type ModelJson, readModelJson } from './model-json.js';
import { readModelFiles } from './run.node.js';

export interface ModelFile {
  readonly format: ModelFormat;
  readonly model: LayersModel;
  /** What TensorFlow.js itself can load: of a run and of a model.json. */
  readonly files?: ModelJson;
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function readJsonFile(path: string, format: ModelFormat): Promise<ModelFile> {
  const files = await readModelFiles(path).catch((error: unknown) =>
    about(path, (): never => {
      throw error;
    }),
  );
  return { format, files, model: about(path, () => readModelJson(files)) };
}

/**
 * A layers model from disk, by what is there and not by its name: a run folder, a `model.json` (or a folder with one), a
 * Keras `.h5` or `.keras` file.
 * @throws OnwardError kind `input`: none of these, damaged, or unreadable
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new OnwardError(
      'input',
      `${path}: there is no such file; give a run folder, a model.json, a .h5 or a .keras file`,
    );
  if (found.isDirectory()) {
    if (await isThere(join(path, 'run.json'))) return readJsonFile(join(path, 'model', 'model.json'), 'run');
    if (await isThere(join(path, 'model.json'))) return readJsonFile(join(path, 'model.json'), 'model.json');
    throw new OnwardError(
      'input',
      `${path}: it is a folder with neither run.json (a run) nor model.json in it; give one that has, a .h5 or a .keras file`,
    );
  }
  const bytes = new Uint8Array(
    await readFile(path).catch((cause: unknown) => {
      throw new OnwardError('input', `${path}: it cannot be read (${messageOf(cause)})`, { cause });
    }),
  );
  const format = formatOf(bytes);
  if (format) return { format, model: readModelBytes(bytes, { name: path }) };
  // JSON may begin with white space or a byte order mark.
  if (/^[\s\uFEFF]*\{/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) return readJsonFile(path, 'model.json');
  throw new OnwardError(
    'input',
    `${path}: expected a run folder, a model.json, a Keras .h5 or .keras file, got ${bytes.length === 0 ? 'an empty file' : 'another'}`,
  );
}
