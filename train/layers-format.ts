import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';

/**
 * Writes a model into a folder that exists, in TensorFlow.js' layers format: `model.json` and `weights.bin`, which
 * `tf.loadLayersModel` reads. (TensorFlow.js' own `file://` handler lives in tfjs-node, which WASM training has not.)
 */
export async function saveLayersModel(tf: TensorFlow, model: LayersModel, folder: string): Promise<void> {
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
      const json = {
        modelTopology,
        format,
        generatedBy,
        convertedBy: null,
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      };
      const bytes = Buffer.concat([weightData ?? []].flat().map((buffer) => Buffer.from(buffer)));
      await writeFile(join(folder, 'weights.bin'), bytes);
      await writeFile(join(folder, 'model.json'), JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
}
