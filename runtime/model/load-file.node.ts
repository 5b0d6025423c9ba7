import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, OnwardError } from '../common/index.js';
import type { LoadedModel } from './contract.js';
import { loadModel } from './load.js';

/** The layers model of the run folder that the file lies in, if it lies in one. */
async function layersModelBeside(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  try {
    await Promise.all([access(join(folder, 'run.json')), access(join(folder, 'model', 'model.json'))]);
    return join(folder, 'model');
  } catch {
    return undefined;
  }
}

/**
 * Reads a model.onnx from disk, checks its digest, and finds the layers model beside it.
 * @throws OnwardError kind `input`: no such file, damaged, altered, or not an image classifier
 */
export async function loadModelFile(path: string, { allowAltered = false } = {}): Promise<LoadedModel> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new OnwardError(
      'input',
      `${path}: expected a model.onnx, but it cannot be read (${messageOf(cause)}); make one with onward export`,
      { cause },
    );
  }
  const model = loadModel(bytes, { name: path, allowAltered });
  // Neighbours decide otherwise than the layers model, also where the file lies in its run folder.
  const layersModel = model.neighbours ? undefined : await layersModelBeside(path);
  return { ...model, ...(layersModel !== undefined && { layersModel }) };
}
