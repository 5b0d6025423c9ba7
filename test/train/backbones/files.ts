import type { LayersModel } from '@tensorflow/tfjs';
import type { TensorFlow } from 'onward/machine';
import type { BackboneFile } from 'onward/train';

/** A model as whoever reads a file hands it over. */
export async function asFile(tf: TensorFlow, model: LayersModel, name: string): Promise<BackboneFile> {
  let file: BackboneFile | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const parts = [weightData ?? []].flat().map((buffer) => Buffer.from(buffer));
      file = {
        name,
        sha256: 'ab'.repeat(32),
        modelTopology: modelTopology as object,
        weightSpecs: weightSpecs!,
        weightData: Buffer.concat(parts),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return file!;
}

/** A small network with everything that backbones have: strides, depthwise convolutions, norms, dropout, a sum, a classifier. */
export function tinyNetwork(tf: TensorFlow, { side = 16, channels = 1 } = {}): LayersModel {
  const { layers } = tf;
  const input = tf.input({ shape: [side, side, channels], name: 'input_1' });
  type Value = typeof input;
  const seeded = (seed: number) => tf.initializers.heNormal({ seed });
  const conv = (x: Value, name: string, filters: number, strides: number, seed: number) => {
    const made = layers
      .conv2d({
        name,
        filters,
        strides,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        kernelInitializer: seeded(seed),
      })
      .apply(x);
    const norm = layers.batchNormalization({ name: `${name}_bn`, epsilon: 1e-3 }).apply(made);
    return layers.reLU({ name: `${name}_relu`, maxValue: 6 }).apply(norm) as Value;
  };
  let x = conv(input, 'low', 6, 1, 1);
  x = conv(x, 'mid', 8, 2, 2);
  const depthwise = layers
    .depthwiseConv2d({ name: 'mid_dw', kernelSize: 3, padding: 'same', depthwiseInitializer: seeded(3) })
    .apply(x) as Value;
  x = layers.add({ name: 'mid_add' }).apply([x, depthwise]) as Value;
  x = layers.dropout({ name: 'mid_drop', rate: 0.5 }).apply(x) as Value;
  x = conv(x, 'high', 12, 2, 4);
  const pooled = layers.globalAveragePooling2d({ name: 'pool' }).apply(x);
  const output = layers
    .dense({ name: 'predictions', units: 5, activation: 'softmax', kernelInitializer: seeded(5) })
    .apply(pooled);
  const model = tf.model({ inputs: input, outputs: output as Value, name: 'tiny' });
  // Statistics as training leaves them.
  for (const layer of model.layers.filter((each) => each.getClassName() === 'BatchNormalization')) {
    const [gamma, beta, mean, variance] = layer.getWeights().map(({ size }) => size) as [
      number,
      number,
      number,
      number,
    ];
    const values = (size: number, from: number, step: number) =>
      tf.tensor1d(Array.from({ length: size }, (_, i) => from + step * ((i * 7) % 5)));
    tf.tidy(() => {
      layer.setWeights([
        values(gamma, 0.7, 0.1),
        values(beta, -0.2, 0.1),
        values(mean, -0.1, 0.05),
        values(variance, 0.5, 0.2),
      ]);
    });
  }
  return model;
}
