import { activation, elu, leakyRelu, relu, thresholdedRelu } from './activation.js';
import { additiveAttention, attention } from './attention/attention.js';
import { multiHeadAttention } from './attention/multi-head.js';
import { batchNormalization } from './batch-normalization.js';
import { categoryEncoding } from './category-encoding.js';
import { centerCrop } from './center-crop.js';
import { concatenate } from './concatenate.js';
import { conv1d, conv2d, conv3d, depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from './conv.js';
import { conv1dTranspose, conv2dTranspose, conv3dTranspose } from './conv-transpose.js';
import { cropping1d, cropping2d, cropping3d } from './cropping.js';
import { dense } from './dense.js';
import { dot } from './dot.js';
import { einsumDense } from './einsum-dense.js';
import { embedding } from './embedding.js';
import { flatten } from './flatten.js';
import {
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalAveragePooling3d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  globalMaxPooling3d,
} from './global-pooling.js';
import { groupNormalization } from './group-normalization.js';
import type { Handler } from './handler.js';
import { identity } from './identity.js';
import { layerNormalization } from './layer-normalization.js';
import { masking } from './masking.js';
import { add, average, maximum, minimum, multiply, subtract } from './merge.js';
import { normalization } from './normalization.js';
import { operatorHandlers } from './operators/index.js';
import { permute } from './permute.js';
import {
  averagePooling1d,
  averagePooling2d,
  averagePooling3d,
  maxPooling1d,
  maxPooling2d,
  maxPooling3d,
} from './pooling.js';
import { prelu } from './prelu.js';
import { recurrentHandlers } from './recurrent/index.js';
import { repeatVector } from './repeat-vector.js';
import { rescaling } from './rescaling.js';
import { reshape } from './reshape.js';
import { resizing } from './resizing.js';
import { customScale, layerScale } from './scale.js';
import { softmax } from './softmax.js';
import { rmsNormalization, unitNormalization } from './unit-normalization.js';
import { upSampling1d, upSampling2d, upSampling3d } from './up-sampling.js';
import { wrapper } from './wrapper.js';
import { zeroPadding1d, zeroPadding2d, zeroPadding3d } from './zero-padding.js';

/** Keras' layers that change images in training and leave them in prediction. */
const randomLayers = [
  ...['RandomBrightness', 'RandomColorDegeneration', 'RandomColorJitter', 'RandomContrast', 'RandomCrop'],
  ...['RandomElasticTransform', 'RandomErasing', 'RandomFlip', 'RandomGaussianBlur', 'RandomGrayscale', 'RandomHeight'],
  ...['RandomHue', 'RandomInvert', 'RandomPerspective', 'RandomPosterization', 'RandomRotation', 'RandomSaturation'],
  ...['RandomSharpness', 'RandomShear', 'RandomTranslation', 'RandomWidth', 'RandomZoom'],
];

/** Which handler writes a layer class. To add a class, write its handler in a file and list it here. */
export const handlers: ReadonlyMap<string, Handler> = new Map([
  ['Activation', activation],
  ['ActivityRegularization', identity],
  ['Add', add],
  ['AdditiveAttention', additiveAttention],
  ['AlphaDropout', identity],
  ['Attention', attention],
  ['Average', average],
  ['AveragePooling1D', averagePooling1d],
  ['AveragePooling2D', averagePooling2d],
  ['AveragePooling3D', averagePooling3d],
  ['BatchNormalization', batchNormalization],
  ['CategoryEncoding', categoryEncoding],
  ['CenterCrop', centerCrop],
  ['Concatenate', concatenate],
  ['Conv1D', conv1d],
  ['Conv1DTranspose', conv1dTranspose],
  ['Conv2D', conv2d],
  ['Conv2DTranspose', conv2dTranspose],
  ['Conv3D', conv3d],
  ['Conv3DTranspose', conv3dTranspose],
  ['Cropping1D', cropping1d],
  ['Cropping2D', cropping2d],
  ['Cropping3D', cropping3d],
  ['CustomScaleLayer', customScale],
  // As Keras 2 registers it.
  ['Custom>CustomScaleLayer', customScale],
  ['Dense', dense],
  ['DepthwiseConv1D', depthwiseConv1d],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Dot', dot],
  ['Dropout', identity],
  ['ELU', elu],
  ['EinsumDense', einsumDense],
  ['Embedding', embedding],
  ['Flatten', flatten],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['GlobalAveragePooling1D', globalAveragePooling1d],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalAveragePooling3D', globalAveragePooling3d],
  ['GlobalMaxPooling1D', globalMaxPooling1d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['GlobalMaxPooling3D', globalMaxPooling3d],
  ['GroupNormalization', groupNormalization],
  ['Identity', identity],
  ['LayerNormalization', layerNormalization],
  ['LayerScale', layerScale],
  ['LeakyReLU', leakyRelu],
  ['Masking', masking],
  ['MaxPooling1D', maxPooling1d],
  ['MaxPooling2D', maxPooling2d],
  ['MaxPooling3D', maxPooling3d],
  ['Maximum', maximum],
  ['Minimum', minimum],
  ['MultiHeadAttention', multiHeadAttention],
  ['Multiply', multiply],
  ['PReLU', prelu],
  ['Normalization', normalization],
  ['Permute', permute],
  ['RMSNormalization', rmsNormalization],
  ...randomLayers.map((name): [string, Handler] => [name, identity]),
  ['ReLU', relu],
  ['RepeatVector', repeatVector],
  ['Rescaling', rescaling],
  ['Reshape', reshape],
  ['Resizing', resizing],
  ['SeparableConv1D', separableConv1d],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', softmax],
  ['SpatialDropout1D', identity],
  ['SpatialDropout2D', identity],
  ['SpatialDropout3D', identity],
  ['SpectralNormalization', wrapper],
  ['StochasticDepth', identity],
  ['Subtract', subtract],
  ['ThresholdedReLU', thresholdedRelu],
  ['UnitNormalization', unitNormalization],
  ['UpSampling1D', upSampling1d],
  ['UpSampling2D', upSampling2d],
  ['UpSampling3D', upSampling3d],
  ['ZeroPadding1D', zeroPadding1d],
  ['ZeroPadding2D', zeroPadding2d],
  ['ZeroPadding3D', zeroPadding3d],
  ...operatorHandlers,
  ...recurrentHandlers,
]);

export {
  type Handler,
  imageInput,
  imageOutput,
  type LayerCall,
  onlyInput,
  refuse,
  requireConfig,
  weight,
} from './handler.js';
