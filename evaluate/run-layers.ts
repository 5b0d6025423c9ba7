import { loadTensorFlow, probeTensorFlow } from '../machine/index.js';

/** A layers model's files, as TensorFlow.js loads them. */
export interface LayersFiles {
  readonly json: unknown;
  readonly weights: Uint8Array;
}

/** What an input is given. */
export interface Feed {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** What each output gives, row by row. */
export type Outputs = readonly Float32Array[];

/**
 * What TensorFlow.js gives, on its own library where that is there.
 * @param layers whose outputs are wanted; none: the model's own
 */
export async function runLayers(
  { json, weights }: LayersFiles,
  feeds: readonly Feed[],
  layers: readonly string[] = [],
): Promise<{ outputs: Outputs; by: string }> {
  const backend = (await probeTensorFlow('native')).available ? 'native' : 'wasm';
  const { tf, version } = await loadTensorFlow(backend);
  const { modelTopology, weightsManifest = [] } = json as {
    modelTopology: object;
    weightsManifest?: { weights: import('@tensorflow/tfjs').io.WeightsManifestEntry[] }[];
  };
  const model = await tf.loadLayersModel({
    load: async () => ({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(weights).buffer,
    }),
  });
  try {
    const inputs = model.inputs.map(({ name }, i) => feeds.find((feed) => feed.name === name) ?? feeds[i]!);
    const outputs = tf.tidy(() => {
      const given = inputs.map(({ dims, values }) => tf.tensor(values, [...dims]));
      const ends = layers.flatMap((layer) => model.getLayer(layer).output);
      const chosen = ends.length > 0 ? tf.model({ inputs: model.inputs, outputs: ends }) : model;
      return [chosen.predict(given)].flat().map((output) => Float32Array.from(output.dataSync()));
    });
    return { outputs, by: `tfjs-${backend} (${version})` };
  } finally {
    model.dispose();
  }
}
