import { basename, dirname, extname, resolve } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';

/** Letters, digits, `_`, `-` and `.`, and no dot first: such a name is one file name in every folder, and never leaves it. */
const names = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;

export const isModelName = (name: string): boolean => names.test(name);

/** @throws OnwardError kind `usage` */
export function checkModelName(name: string): string {
  if (isModelName(name)) return name;
  throw new OnwardError(
    'usage',
    `expected a model's name of at most 128 letters, digits, "_", "-" and ".", with no "." first, got ${JSON.stringify(name.slice(0, 140))}`,
  );
}

/**
 * What a file is called where nobody says it: `runs/photos/model.onnx` is `photos`, `digits.onnx` is `digits`, and in the
 * layout `digits/1/model.onnx` the folder above the version.
 */
export function modelNameOf(path: string): string {
  const full = resolve(path);
  let name = basename(full, extname(full));
  for (let folder = dirname(full); name === 'model' || /^\d+$/.test(name); folder = dirname(folder)) {
    name = basename(folder);
    if (!name) break;
  }
  const clean = name
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.]+/, '')
    .slice(0, 128);
  return clean || 'model';
}
