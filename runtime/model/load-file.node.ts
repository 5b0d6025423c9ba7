import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, OnwardError } from '../common/index.js';
import type { LoadedModel } from './contract.js';
import { loadModel } from './load.js';
import { readDescription } from './read-description.node.js';

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

export interface LoadFileOptions {
  /** Load a file that was altered after it was exported all the same. */
  readonly allowAltered?: boolean | undefined;
  /** What a file that is not ours does not say: a JSON file, or JSON; default: `<name>.classifier.json` beside it, where that is. */
  readonly classifier?: string | undefined;
}

/**
 * Reads a model.onnx from disk, checks its digest, and finds the layers model and the description beside it.
 * @throws OnwardError kind `input`: no such file, damaged, altered, or not an image classifier
 */
export async function loadModelFile(
  path: string,
  { allowAltered = false, classifier }: LoadFileOptions = {},
): Promise<LoadedModel> {
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
  const description = await readDescription(path, classifier);
  const model = loadModel(bytes, { name: path, allowAltered, description });
  // Neighbours decide otherwise than the layers model, also where the file lies in its run folder.
  const layersModel = model.neighbours ? undefined : await layersModelBeside(path);
  return { ...model, ...(layersModel !== undefined && { layersModel }) };
}
