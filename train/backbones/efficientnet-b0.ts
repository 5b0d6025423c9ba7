import type { SymbolicTensor } from '@tensorflow/tfjs';
import type { PreprocessingStep } from '../../runtime/model/index.js';
import type { Backbone } from './backbone.js';
import { convolutionLayers } from './layers.js';
import type { PretrainedWeights } from './pretrained.js';

interface BlockSettings {
  readonly kernel: number;
  readonly repeats: number;
  readonly filters: number;
  readonly expansion: number;
  readonly stride: number;
}

/** Of each stage (Tan & Le 2019, arXiv:1905.11946, table 1). */
const blocks: readonly BlockSettings[] = [
  { kernel: 3, repeats: 1, filters: 16, expansion: 1, stride: 1 },
  { kernel: 3, repeats: 2, filters: 24, expansion: 6, stride: 2 },
  { kernel: 5, repeats: 2, filters: 40, expansion: 6, stride: 2 },
  { kernel: 3, repeats: 3, filters: 80, expansion: 6, stride: 2 },
  { kernel: 5, repeats: 3, filters: 112, expansion: 6, stride: 1 },
  { kernel: 5, repeats: 4, filters: 192, expansion: 6, stride: 2 },
  { kernel: 3, repeats: 1, filters: 320, expansion: 6, stride: 1 },
];

/** What squeeze-and-excitation leaves of a block's input channels. */
const squeeze = 0.25;

/** Mean and deviation of ImageNet's colours, between 0 and 1. */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const normalization = { name: 'normalization', className: 'Normalization' };

/**
 * The network begins with its preprocessing, as layers that TensorFlow.js lacks: they are steps here, with the mean and the
 * variance that the file has. The published weights were trained with the deviation where its layer takes the root of it, so
 * that Keras divides by another root when it loads them
 * (https://github.com/keras-team/keras/blob/master/keras/src/applications/efficientnet.py); a file with that layer says so.
 */
function preprocessing(weights: PretrainedWeights | undefined): PreprocessingStep[] {
  const scale = { kind: 'scale', scale: 1 / 255, offset: 0 } as const;
  const [mean, variance] = weights?.of([normalization]).get(normalization.name) ?? [];
  if (!mean || !variance) return [scale, { kind: 'normalize', mean: [...imagenet.mean], std: [...imagenet.std] }];
  const isRescaled =
    weights!.isPublished || weights!.layers.filter((name) => /^rescaling(_\d+)?$/.test(name)).length > 1;
  const std = Array.from(variance.values, (value, channel) => {
    const own = Math.max(Math.sqrt(value), 1e-7);
    return isRescaled ? own * Math.sqrt(imagenet.std[channel]!) : own;
  });
  return [scale, { kind: 'normalize', mean: Array.from(mean.values), std }];
}

/** EfficientNet-B0, as `keras.applications.EfficientNetB0(include_top=False)`, its layers for augmentation at random left out. */
export const efficientnetB0: Backbone = {
  name: 'efficientnet-b0',
  description: 'EfficientNet-B0: 4 million parameters, the most accurate',
  cut: 'top_activation',
  stages: [
    { name: 'top and block 7', layers: /^(top_|block7)/ },
    ...[6, 5, 4, 3, 2, 1].map((block) => ({ name: `block ${block}`, layers: new RegExp(`^block${block}`) })),
    { name: 'stem', layers: /^stem_/ },
  ],
  published: {
    file: 'efficientnetb0_notop.h5',
    address: 'https://storage.googleapis.com/keras-applications',
    md5: '50bc09e76180e00e4465e1a485ddc09d',
  },
  before: [normalization],
  preprocessing,
  build(tf, image, seed) {
    const make = convolutionLayers(tf, seed);
    const block = (input: SymbolicTensor, prefix: string, { kernel, filters, expansion, stride }: BlockSettings) => {
      const channels = input.shape[3]!;
      const expanded = channels * expansion;
      let x = input;
      if (expansion !== 1) {
        x = make.norm(make.conv(x, `${prefix}expand_conv`, expanded, 1), `${prefix}expand_bn`);
        x = make.swish(x, `${prefix}expand_activation`);
      }
      if (stride === 2) x = make.pad(x, `${prefix}dwconv_pad`, kernel);
      x = make.norm(make.depthwise(x, `${prefix}dwconv`, kernel, stride), `${prefix}bn`);
      x = make.swish(x, `${prefix}activation`);
      const pooled = tf.layers.globalAveragePooling2d({ name: `${prefix}se_squeeze` }).apply(x) as SymbolicTensor;
      const reshape = tf.layers.reshape({ name: `${prefix}se_reshape`, targetShape: [1, 1, expanded] });
      let excited = reshape.apply(pooled) as SymbolicTensor;
      const few = Math.max(1, Math.floor(channels * squeeze));
      excited = make.conv(excited, `${prefix}se_reduce`, few, 1, { useBias: true, activation: 'swish' });
      excited = make.conv(excited, `${prefix}se_expand`, expanded, 1, { useBias: true, activation: 'sigmoid' });
      x = make.multiply([x, excited], `${prefix}se_excite`);
      x = make.norm(make.conv(x, `${prefix}project_conv`, filters, 1), `${prefix}project_bn`);
      return stride === 1 && channels === filters ? make.add([x, input], `${prefix}add`) : x;
    };
    let x = make.conv(make.pad(image, 'stem_conv_pad', 3), 'stem_conv', 32, 3, { strides: 2, padding: 'valid' });
    x = make.swish(make.norm(x, 'stem_bn'), 'stem_activation');
    for (const [i, settings] of blocks.entries()) {
      for (let repeat = 0; repeat < settings.repeats; repeat++) {
        const stride = repeat === 0 ? settings.stride : 1;
        x = block(x, `block${i + 1}${'abcd'[repeat]}_`, { ...settings, stride });
      }
    }
    return make.swish(make.norm(make.conv(x, 'top_conv', 1280, 1), 'top_bn'), 'top_activation');
  },
};
