import type { SymbolicTensor } from '@tensorflow/tfjs';
import { usualSteps } from '../../runtime/model/index.js';
import type { Backbone } from './backbone.js';
import { convolutionLayers } from './layers.js';

/** Filters, how many blocks of them, and the stride of the first (Sandler et al. 2018, arXiv:1801.04381, table 2). */
const rows = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
] as const;

const blocks = rows.flatMap(([filters, count, stride]) =>
  Array.from({ length: count }, (_, i) => ({ filters, stride: i === 0 ? stride : 1 })),
);

const expansion = 6;

/** MobileNetV2 of width 1, as `keras.applications.MobileNetV2(include_top=False)`. */
export const mobilenetV2: Backbone = {
  name: 'mobilenet-v2',
  description: 'MobileNetV2: 2.3 million parameters, the quickest',
  cut: 'out_relu',
  stages: [
    { name: 'blocks 13-16', layers: /^(Conv_1|out_relu|block_1[3-6]_)/ },
    { name: 'blocks 6-12', layers: /^block_([6-9]|1[0-2])_/ },
    { name: 'blocks 3-5', layers: /^block_[345]_/ },
    { name: 'blocks 1-2', layers: /^block_[12]_/ },
    { name: 'stem', layers: /^(Conv1|bn_Conv1|expanded_conv)/ },
  ],
  published: {
    file: 'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5',
    address: 'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2',
  },
  preprocessing: () => usualSteps.tf,
  build(tf, image, seed) {
    const make = convolutionLayers(tf, seed);
    const norm = (x: SymbolicTensor, name: string) => make.norm(x, name, 0.999);
    const block = (input: SymbolicTensor, index: number, filters: number, stride: number) => {
      const prefix = index === 0 ? 'expanded_conv_' : `block_${index}_`;
      const channels = input.shape[3]!;
      let x = input;
      if (index > 0) {
        x = make.conv(x, `${prefix}expand`, channels * expansion, 1);
        x = make.relu6(norm(x, `${prefix}expand_BN`), `${prefix}expand_relu`);
      }
      if (stride === 2) x = make.pad(x, `${prefix}pad`, 3);
      x = norm(make.depthwise(x, `${prefix}depthwise`, 3, stride), `${prefix}depthwise_BN`);
      x = make.relu6(x, `${prefix}depthwise_relu`);
      x = norm(make.conv(x, `${prefix}project`, filters, 1), `${prefix}project_BN`);
      return stride === 1 && channels === filters ? make.add([input, x], `${prefix}add`) : x;
    };
    let x = make.relu6(norm(make.conv(image, 'Conv1', 32, 3, { strides: 2 }), 'bn_Conv1'), 'Conv1_relu');
    for (const [i, { filters, stride }] of blocks.entries()) x = block(x, i, filters, stride);
    return make.relu6(norm(make.conv(x, 'Conv_1', 1280, 1, { padding: 'valid' }), 'Conv_1_bn'), 'out_relu');
  },
};
