import { seedOf } from '../../runtime/common/index.js';
import { usualSteps } from '../../runtime/model/index.js';
import type { Backbone } from './backbone.js';

/** Filters of each block's convolutions (Simonyan & Zisserman 2014, arXiv:1409.1556, configuration D). */
export const vgg16Blocks = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
] as const;

/** VGG16, as `keras.applications.VGG16(include_top=False)`. */
export const vgg16: Backbone = {
  name: 'vgg16',
  description: 'VGG16: 14.7 million parameters, plain and slow',
  cut: 'block5_pool',
  stages: [5, 4, 3, 2, 1].map((block) => ({ name: `block ${block}`, layers: new RegExp(`^block${block}_`) })),
  published: {
    file: 'vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
    address: 'https://storage.googleapis.com/tensorflow/keras-applications/vgg16',
    md5: '6d6bbae143d832006294945121d1f1fc',
  },
  preprocessing: () => usualSteps.caffe,
  build(tf, image, seed) {
    let x = image;
    for (const [b, block] of vgg16Blocks.entries()) {
      for (const [c, filters] of block.entries()) {
        const name = `block${b + 1}_conv${c + 1}`;
        const kernelInitializer =
          seed === undefined ? tf.initializers.zeros() : tf.initializers.glorotUniform({ seed: seedOf(seed, name) });
        const conv = { name, filters, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer } as const;
        x = tf.layers.conv2d(conv).apply(x) as typeof x;
      }
      x = tf.layers.maxPooling2d({ name: `block${b + 1}_pool`, poolSize: 2, strides: 2 }).apply(x) as typeof x;
    }
    return x;
  },
};
