import { activation, elu, leakyRelu, relu, thresholdedRelu } from './activation.js';
import { batchNormalization } from './batch-normalization.js';
import { categoryEncoding } from './category-encoding.js';
import { centerCrop } from './center-crop.js';
import { concatenate } from './concatenate.js';
import { conv1d, conv2d, conv3d, depthwiseConv2d, separableConv2d } from './conv.js';
import { conv2dTranspose, conv3dTranspose } from './conv-transpose.js';
import { cropping2d } from './cropping.js';
import { dense } from './dense.js';
import { dot } from './dot.js';
import { embedding } from './embedding.js';
import { flatten } from './flatten.js';
import {
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
} from './global-pooling.js';
import type { Handler } from './handler.js';
import { identity } from './identity.js';
import { layerNormalization } from './layer-normalization.js';
import { masking } from './masking.js';
import { add, average, maximum, minimum, multiply, subtract } from './merge.js';
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
import { softmax } from './softmax.js';
import { upSampling2d } from './up-sampling.js';
import { zeroPadding2d } from './zero-padding.js';

/** Which handler writes a layer class. To add a class, write its handler in a file and list it here. */
export const handlers: ReadonlyMap<string, Handler> = new Map([
  ['Activation', activation],
  ['Add', add],
  ['AlphaDropout', identity],
  ['Average', average],
  ['AveragePooling1D', averagePooling1d],
  ['AveragePooling2D', averagePooling2d],
  ['AveragePooling3D', averagePooling3d],
  ['BatchNormalization', batchNormalization],
  ['CategoryEncoding', categoryEncoding],
  ['CenterCrop', centerCrop],
  ['Concatenate', concatenate],
  ['Conv1D', conv1d],
  ['Conv2D', conv2d],
  ['Conv2DTranspose', conv2dTranspose],
  ['Conv3D', conv3d],
  ['Conv3DTranspose', conv3dTranspose],
  ['Cropping2D', cropping2d],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Dot', dot],
  ['Dropout', identity],
  ['ELU', elu],
  ['Embedding', embedding],
  ['Flatten', flatten],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['GlobalAveragePooling1D', globalAveragePooling1d],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling1D', globalMaxPooling1d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['LayerNormalization', layerNormalization],
  ['LeakyReLU', leakyRelu],
  ['Masking', masking],
  ['MaxPooling1D', maxPooling1d],
  ['MaxPooling2D', maxPooling2d],
  ['MaxPooling3D', maxPooling3d],
  ['Maximum', maximum],
  ['Minimum', minimum],
  ['Multiply', multiply],
  ['PReLU', prelu],
  ['Permute', permute],
  ['RandomWidth', identity],
  ['ReLU', relu],
  ['RepeatVector', repeatVector],
  ['Rescaling', rescaling],
  ['Reshape', reshape],
  ['Resizing', resizing],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', softmax],
  ['SpatialDropout1D', identity],
  ['SpatialDropout2D', identity],
  ['Subtract', subtract],
  ['ThresholdedReLU', thresholdedRelu],
  ['UpSampling2D', upSampling2d],
  ['ZeroPadding2D', zeroPadding2d],
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
