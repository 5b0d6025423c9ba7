import { activation, leakyRelu, relu, softmax } from './activation.js';
import { add } from './add.js';
import { batchNormalization } from './batch-normalization.js';
import { conv2d, depthwiseConv2d, separableConv2d } from './conv.js';
import { dense } from './dense.js';
import { flatten } from './flatten.js';
import type { Handler } from './handler.js';
import { identity } from './identity.js';
import { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from './pooling.js';

/** Which handler writes a layer class. To add a class, write its handler in a file and list it here. */
export const handlers: ReadonlyMap<string, Handler> = new Map([
  ['Activation', activation],
  ['Add', add],
  ['AlphaDropout', identity],
  ['AveragePooling2D', averagePooling2d],
  ['BatchNormalization', batchNormalization],
  ['Conv2D', conv2d],
  ['Dense', dense],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['Dropout', identity],
  ['Flatten', flatten],
  ['GaussianDropout', identity],
  ['GaussianNoise', identity],
  ['GlobalAveragePooling2D', globalAveragePooling2d],
  ['GlobalMaxPooling2D', globalMaxPooling2d],
  ['LeakyReLU', leakyRelu],
  ['MaxPooling2D', maxPooling2d],
  ['ReLU', relu],
  ['SeparableConv2D', separableConv2d],
  ['Softmax', softmax],
  ['SpatialDropout2D', identity],
]);

export type { Handler, LayerCall } from './handler.js';
