import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorFlow } from '../machine/index.js';
import { OnwardError } from '../runtime/common/index.js';

const modelSchema = z.looseObject({
  weightsManifest: z.array(
    z.looseObject({
      paths: z.array(z.string()),
      weights: z.array(z.looseObject({ name: z.string(), shape: z.array(z.int()), dtype: z.literal('float32') })),
    }),
  ),
});

/** A weight of a model in a file. */
export interface StoredWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The weights of a folder that `saveLayersModel` wrote, by name (`conv1/kernel`).
 * @throws OnwardError kind `input` where they cannot be read
 */
export async function readWeights(folder: string): Promise<Map<string, StoredWeight>> {
  try {
    const { weightsManifest } = modelSchema.parse(JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')));
    const found = new Map<string, StoredWeight>();
    for (const { paths, weights } of weightsManifest) {
      const bytes = Buffer.concat(await Promise.all(paths.map((path) => readFile(join(folder, path)))));
      let offset = 0;
      for (const { name, shape } of weights) {
        const end = offset + 4 * shape.reduce((a, b) => a * b, 1);
        if (end > bytes.length) throw new Error(`its weights end within ${name}`);
        found.set(name, {
          shape,
          values: new Float32Array(Uint8Array.prototype.slice.call(bytes, offset, end).buffer),
        });
        offset = end;
      }
    }
    return found;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is none' : error instanceof z.ZodError ? 'it is of another form' : message;
    throw new OnwardError(
      'input',
      `${folder}: expected a model that a training wrote, but ${why}; give a whole run folder`,
    );
  }
}

/**
 * Gives a model the weights whose names and shapes agree with its own.
 * @returns the layers that took all of theirs, and those that have weights and did not
 */
export function takeWeights(
  tf: TensorFlow,
  model: LayersModel,
  stored: ReadonlyMap<string, StoredWeight>,
): { taken: string[]; fresh: string[] } {
  const [taken, fresh]: [string[], string[]] = [[], []];
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    const found = layer.weights.map((weight) => stored.get(weight.originalName));
    const fits = found.every((weight, i) => weight && String(weight.shape) === String(layer.weights[i]!.shape));
    (fits ? taken : fresh).push(layer.name);
    if (!fits) continue;
    tf.tidy(() => {
      for (const [i, weight] of layer.weights.entries()) {
        weight.write(tf.tensor(found[i]!.values, found[i]!.shape as number[]));
      }
    });
  }
  return { taken, fresh };
}
