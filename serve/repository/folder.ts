import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { descriptionBeside } from '../../runtime/model/index.node.js';
import { isModelName } from '../models/index.js';
import { type FileOptions, foundIn } from './file.js';
import type { Found, Refused, Scan } from './found.js';
import { isVersion, settingsFile } from './settings.js';

const list = async (folder: string): Promise<Dirent[]> => {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
};

const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

/**
 * What is in a folder of models: `<name>/<version>/model.onnx`, `<name>/model.onnx` and `<name>.onnx` as version 1, and the
 * settings. Links are followed as long as they stay in the folder.
 * @throws where the folder cannot be read
 */
export async function scanFolder(folder: string, options: FileOptions): Promise<Scan> {
  const root = await realpath(folder);
  const found: Found[] = [];
  const refused: Refused[] = [];
  const folders = [folder];

  /** Whether it is a link to somewhere else, which is then refused. */
  async function leaves(path: string, name: string, version: string): Promise<boolean> {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined || real.startsWith(root + sep)) return false;
    refused.push({ name, version, reason: `${path}: it is a link that leads out of the folder of models` });
    return true;
  }

  async function add(path: string, name: string, version: string): Promise<void> {
    const one = await foundIn(path, name, version, options);
    if (!one) return;
    for (const linked of [path, descriptionBeside(path)]) if (await leaves(linked, name, version)) return;
    if (!isModelName(name)) {
      const reason = `${path}: expected a model's name of at most 128 letters, digits, "_", "-" and ".", got ${JSON.stringify(name.slice(0, 140))}`;
      refused.push({ name, version, reason });
      return;
    }
    const other = found.find((has) => has.name === name && has.version === version);
    if (!other) found.push(one);
    else
      refused.push({ name, version, reason: `${path}: ${name}/${version} is there twice, and ${other.file} is taken` });
  }

  async function addModel(path: string, name: string): Promise<void> {
    folders.push(path);
    for (const entry of await list(path)) {
      if (!isVersion(entry.name)) continue;
      const at = join(path, entry.name);
      if (!(await isFolder(at))) continue;
      if (isModelName(name)) folders.push(at);
      await add(join(at, 'model.onnx'), name, entry.name);
    }
    await add(join(path, 'model.onnx'), name, '1');
  }

  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, name);
    if (await isFolder(path)) {
      if (!(await leaves(path, name, '1'))) await addModel(path, name);
    } else if (name.endsWith('.onnx')) await add(path, basename(name, '.onnx'), '1');
  }
  const path = join(folder, settingsFile);
  if (await leaves(path, settingsFile, '1')) return { found, refused, folders };
  const settings = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return { found, refused, folders, settings };
}
