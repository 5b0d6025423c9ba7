import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs';
import { messageOf, OnwardError } from '../common/index.js';

/**
 * Reads a layers model from disk for `tf.loadLayersModel`, which by itself reads from the network only.
 * @param folder with `model.json`, and the weight files that it names beside it
 * @throws OnwardError kind `input` when one of them cannot be read
 */
export async function layersModelFiles(folder: string): Promise<io.IOHandler> {
  const read = (file: string) =>
    readFile(join(folder, file)).catch((error: unknown) => {
      throw new OnwardError(
        'input',
        `${folder}: expected a layers model there, but ${file} cannot be read (${messageOf(error)})`,
        { cause: error },
      );
    });
  const text = (await read('model.json')).toString();
  let model: io.ModelJSON;
  try {
    model = JSON.parse(text);
  } catch (error) {
    throw new OnwardError('input', `${folder}: its model.json is not JSON (${messageOf(error)})`, { cause: error });
  }
  const groups = model.weightsManifest ?? [];
  const shards = await Promise.all(groups.flatMap((group) => group.paths).map(read));
  return {
    load: async () => ({
      modelTopology: model.modelTopology,
      weightSpecs: groups.flatMap((group) => group.weights),
      weightData: new Uint8Array(Buffer.concat(shards)).buffer,
    }),
  };
}
