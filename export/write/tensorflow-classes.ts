import { tensorflowActivations } from '../layers/activations.js';
import { identity } from '../layers/identity.js';
import { handlers } from '../layers/index.js';
import type { Layer, LayersModel } from '../read/layers-model.js';
import { snake } from '../read/snake-case.js';

/** The layer classes that TensorFlow.js 4 reads. */
export const tensorflowClasses: ReadonlySet<string> = new Set([
  ...['Activation', 'Add', 'AlphaDropout', 'Average', 'AveragePooling1D', 'AveragePooling2D', 'AveragePooling3D'],
  ...['BatchNormalization', 'Bidirectional', 'CategoryEncoding', 'CenterCrop', 'Concatenate', 'Conv1D', 'Conv2D'],
  ...['Conv2DTranspose', 'Conv3D', 'Conv3DTranspose', 'ConvLSTM2D', 'ConvLSTM2DCell', 'Cropping2D', 'Dense'],
  ...['DepthwiseConv2D', 'Dot', 'Dropout', 'ELU', 'Embedding', 'Flatten', 'Functional', 'GRU', 'GRUCell'],
  ...['GaussianDropout', 'GaussianNoise', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D'],
  ...['GlobalMaxPooling2D', 'InputLayer', 'LSTM', 'LSTMCell', 'LayerNormalization', 'LeakyReLU', 'Masking'],
  ...['MaxPooling1D', 'MaxPooling2D', 'MaxPooling3D', 'Maximum', 'Minimum', 'Model', 'Multiply', 'PReLU', 'Permute'],
  ...['RNN', 'RandomWidth', 'ReLU', 'RepeatVector', 'Rescaling', 'Reshape', 'Resizing', 'SeparableConv2D'],
  ...['Sequential', 'SimpleRNN', 'SimpleRNNCell', 'Softmax', 'SpatialDropout1D', 'StackedRNNCells'],
  ...['ThresholdedReLU', 'TimeDistributed', 'UpSampling2D', 'ZeroPadding2D'],
]);

/** A setting, as it was written; what does not stand there is its default. */
const has = (layer: Layer, key: string, ...usual: readonly unknown[]): boolean => {
  const value = layer.config[key] ?? undefined;
  if (value === undefined) return false;
  const text = JSON.stringify(typeof value === 'string' ? snake(value) : value);
  return usual.every((each) => JSON.stringify(each) !== text);
};
const isOne = (value: unknown): boolean => [value ?? 1].flat().every((each) => each === 1);

/** Where TensorFlow.js computes something else than Keras, or nothing: what it is about the layer. */
const differences: readonly (readonly [classes: string, is: (layer: Layer) => boolean, what: string])[] = [
  ['CenterCrop RandomWidth Resizing', () => true, 'computes it otherwise than Keras'],
  ['UpSampling2D', (layer) => has(layer, 'interpolation', 'nearest'), 'interpolates otherwise than Keras'],
  [
    'GRU GRUCell RNN StackedRNNCells',
    ({ config }) => JSON.stringify(config).includes('"reset_after":true'),
    'knows no reset_after',
  ],
  ['DepthwiseConv2D', ({ config }) => !isOne(config.dilation_rate), 'does not dilate it'],
  ['Conv1D Conv2D Conv3D', (layer) => has(layer, 'groups', 1), 'knows no groups'],
  ['Conv1D', (layer) => has(layer, 'padding', 'same', 'valid'), 'knows no causal padding'],
  [
    'AveragePooling1D Conv1D GlobalAveragePooling1D GlobalMaxPooling1D MaxPooling1D SeparableConv2D',
    (layer) => has(layer, 'data_format', 'channels_last'),
    'computes channels_first otherwise',
  ],
  [
    'GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D',
    (layer) => layer.config.keepdims === true && has(layer, 'data_format', 'channels_last'),
    'knows no keepdims',
  ],
  ['Concatenate', ({ config }) => Number(config.axis ?? -1) < -1, 'joins along another axis'],
  ['ReLU', (layer) => has(layer, 'negative_slope', 0) || has(layer, 'threshold', 0), 'knows a ceiling only'],
  ['ELU', (layer) => has(layer, 'alpha', 1), 'knows no slope'],
  ['Softmax', (layer) => has(layer, 'axis', -1), 'computes it along the last axis only'],
  [
    'Rescaling',
    ({ config }) => Array.isArray(config.scale) || Array.isArray(config.offset),
    'knows one scale for all channels',
  ],
  [
    'BatchNormalization',
    ({ config }) => Array.isArray(config.axis) && config.axis.length > 1,
    'normalises along one axis',
  ],
  [
    'Conv2DTranspose Conv3DTranspose',
    ({ config }) => !isOne(config.dilation_rate) || (config.output_padding ?? null) !== null,
    'knows neither dilation nor output_padding',
  ],
];

/** The activations in a config, those of a cell or a wrapped layer in it among them. */
function activationsOf(config: unknown): string[] {
  if (config === null || typeof config !== 'object') return [];
  return Object.entries(config).flatMap(([key, value]) =>
    /(^|_)activation$/.test(key) && typeof value === 'string' ? [snake(value)] : activationsOf(value),
  );
}

/** Layers that do nothing in prediction, whichever they are. */
export const isIdentity = ({ className }: Layer): boolean => handlers.get(className) === identity;

/** Why TensorFlow.js cannot tell what a layer of Keras computes. */
function differenceOf(layer: Layer): string | undefined {
  const { name, className, config } = layer;
  if (isIdentity(layer)) return undefined;
  if (!tensorflowClasses.has(className) && !layer.model) return `TensorFlow.js has no ${className} ("${name}")`;
  const found = differences.find(([classes, is]) => classes.split(' ').includes(className) && is(layer));
  if (found) return `TensorFlow.js ${found[2]} ("${name}", ${className})`;
  const activation = layer.model ? undefined : activationsOf(config).find((each) => !known.has(each));
  if (activation) return `TensorFlow.js has no activation ${activation} ("${name}")`;
  return layer.wrapped && differenceOf({ ...layer.wrapped, name });
}

const known: ReadonlySet<string> = new Set([...tensorflowActivations, 'silu']);

const allLayers = ({ layers }: LayersModel): Layer[] =>
  layers.flatMap((layer) => [layer, ...(layer.model ? allLayers(layer.model) : [])]);

/** The classes that a mask passes, or which use it, in the same way in both. */
const masked: ReadonlySet<string> = new Set([
  ...[
    'Activation',
    'BatchNormalization',
    'Bidirectional',
    'Dense',
    'Embedding',
    'Functional',
    'GRU',
    'InputLayer',
    'LSTM',
  ],
  ...['LayerNormalization', 'Masking', 'Model', 'PReLU', 'RNN', 'ReLU', 'Sequential', 'SimpleRNN', 'TimeDistributed'],
]);

/** Why TensorFlow.js cannot tell what a model of Keras predicts; undefined where it can. */
export function tensorflowLacks(model: LayersModel): string | undefined {
  const layers = allLayers(model);
  const found = layers.map(differenceOf).find((reason) => reason !== undefined);
  if (found) return found;
  const hasMask = layers.some(({ className, config }) => className === 'Masking' || config.mask_zero === true);
  const ends = hasMask && layers.find((layer) => !masked.has(layer.className) && !isIdentity(layer));
  return ends ? `TensorFlow.js gives masks on otherwise than Keras ("${ends.name}", ${ends.className})` : undefined;
}
