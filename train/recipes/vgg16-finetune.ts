import { usualSteps } from '../../runtime/model/index.js';
import type { Recipe } from '../recipe.js';
import { layersFrom, through } from './parts/layers.js';

/** Filters of each block's convolutions (Simonyan & Zisserman 2014, arXiv:1409.1556, configuration D). */
const blocks = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

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
  augmentation: () => [],
  learningRate: () => 2e-5,
  build(tf, { shape, classes, seed }) {
    const make = layersFrom(tf, seed);
    const input = tf.input({ shape: [...shape], name: 'image' });
    // Layers have the names that Keras gives them, by which its weights are found.
    const base = blocks.flatMap((filters, b) => [
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
