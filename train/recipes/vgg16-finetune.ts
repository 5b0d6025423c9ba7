import { usualSteps } from '../../runtime/model/index.js';
import { type PretrainedWeights, takePretrained } from '../backbones/pretrained.js';
import { vgg16, vgg16Blocks } from '../backbones/vgg16.js';
import type { Recipe } from '../recipe.js';
import { layersFrom, through } from './parts/layers.js';

/** Blocks that keep the weights they begin with: edges and textures are the same everywhere. */
const frozen = 2;

/** Of the published study: VGG16's convolutions under a new head, blocks 3 to 5 trained with very small steps. */
export const vgg16Finetune: Recipe = {
  name: 'vgg16-finetune',
  description: 'VGG16 with a new head, its first two blocks frozen, of the published study; hours on a CPU',
  channels: 3,
  // As Keras' `vgg16.preprocess_input` has it: BGR, less the means of ImageNet.
  preprocessing: () => usualSteps.caffe,
  batchSize: 64,
  epochs: { native: 20, wasm: 20 },
  labelSmoothing: 0,
  pretrained: { published: vgg16.published, begin: (weights) => vgg16FinetuneFrom(weights) },
  augmentation: () => [],
  learningRate: () => 2e-5,
  build(tf, { shape, classes, seed }) {
    const make = layersFrom(tf, seed);
    const input = tf.input({ shape: [...shape], name: 'image' });
    // Layers have the names that Keras gives them, by which its weights are found.
    const base = vgg16Blocks.flatMap((filters, b) => [
      ...filters.map((count, c) => make.conv(`block${b + 1}_conv${c + 1}`, count, 3, { trainable: b >= frozen })),
      make.pool(`block${b + 1}_pool`),
    ]);
    const output = through(
      input,
      ...base,
      make.flatten('features'),
      make.dropout('dropout1', 0.5),
      make.dense('dense', 128, 'relu'),
      make.dropout('dropout2', 0.5),
      make.dense('logits', classes),
      make.softmax(),
    );
    return tf.model({ inputs: input, outputs: output, name: 'vgg16_finetune' });
  },
};

/** The same, begun with the weights of VGG16's convolutions. */
const vgg16FinetuneFrom = (weights: PretrainedWeights): Recipe => ({
  ...vgg16Finetune,
  backbone: {
    name: vgg16.name,
    cut: vgg16.cut,
    weights: { file: weights.name.split(/[\\/]/).at(-1)!, sha256: weights.sha256, published: weights.isPublished },
  },
  build(tf, spec) {
    const model = vgg16Finetune.build(tf, spec);
    try {
      takePretrained(
        tf,
        model.layers.filter(({ name }) => name.startsWith('block')),
        weights,
      );
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  },
});
