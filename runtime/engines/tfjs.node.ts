import { type BackendName, loadTensorFlow, probeTensorFlow, type TensorFlow } from '../../machine/index.js';
import { messageOf, OnwardError } from '../common/index.js';
import type { LoadedModel } from '../model/index.js';
import { toProbabilities } from '../model/tensors/index.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { layersModelFiles } from './layers-model.node.js';

type LayersModel = Awaited<ReturnType<TensorFlow['loadLayersModel']>>;

/** Whether the model itself ends in probabilities. */
function endsInSoftmax(model: LayersModel): boolean {
  const last = model.layers.at(-1);
  if (!last) return false;
  return last.getClassName() === 'Softmax' || last.getConfig().activation === 'softmax';
}

/**
 * A backend of TensorFlow.js, which runs the layers model that a file was exported from: what the exported graph is
 * compared with.
 */
export function tfjsEngine({
  name,
  tolerance,
  backend,
}: Pick<Engine, 'name' | 'tolerance'> & { backend: BackendName }): Engine {
  return {
    name,
    tolerance,
    probe: () => probeTensorFlow(backend),
    async open(model) {
      const folder = model.layersModel;
      if (!folder) {
        throw new OnwardError(
          'missing',
          `${name}: the layers model that ${model.name} was exported from is not beside it: the golden samples in the file stand for it, or keep the file in its run folder`,
        );
      }
      const { tf, version, device } = await loadTensorFlow(backend);
      const registered = tf.getBackend();
      const files = await layersModelFiles(folder);
      const layers = await tf.loadLayersModel(files).catch((error: unknown) => {
        throw new OnwardError(
          'input',
          `${folder}: expected a TensorFlow.js layers model, got one that cannot be loaded (${messageOf(error)}); train again, or export from another run`,
          { cause: error },
        );
      });
      const { height, width, channels } = model.input;
      // What reads files is loaded by who needs it.
      const { preprocess } = await import('../model/index.js');
      const steps = model.provenance.preprocessing ?? [];
      const shape = layers.inputs[0]!.shape.slice(1) as number[];
      const asOutput: LoadedModel = {
        ...model,
        output: { name: model.output.name, kind: endsInSoftmax(layers) ? 'probabilities' : 'logits' },
      };
      const run = async (images: Uint8Array, count: number) => {
        const pixels = preprocess(images, steps, [height, width, channels]);
        // Several backends live in one process, perhaps one of them in training: this one is switched to and back again
        // without letting anything else run in between.
        const before = tf.getBackend();
        if (before !== registered) void tf.setBackend(registered);
        try {
          const values = tf.tidy(() => {
            const batch = tf.tensor(pixels, [count, ...shape]);
            const output = layers.predict(batch, { batchSize: count }) as ReturnType<TensorFlow['tensor']>;
            return output.dataSync() as Float32Array;
          });
          return toProbabilities(asOutput, values);
        } finally {
          if (before !== registered) void tf.setBackend(before);
        }
      };
      return guarded({
        engine: name,
        version,
        device,
        model,
        run,
        release: async () => {
          layers.dispose();
        },
      });
    },
  };
}
