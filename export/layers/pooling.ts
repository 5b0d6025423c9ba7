import { ints } from '../../runtime/model/index.js';
import { channelsFirst } from '../layout.js';
import { type Handler, onlyInput, pair, requireConfig } from './handler.js';
import { imageWindow } from './windows.js';

/** Pooling over windows. ONNX's AveragePool leaves padding out of the mean by default, as TensorFlow does. */
const pool2d =
  (op: 'MaxPool' | 'AveragePool'): Handler =>
  (call) => {
    requireConfig(call, 'data_format', ['channels_last']);
    const { builder, layer } = call;
    const image = channelsFirst(builder, onlyInput(call));
    const kernel = pair(layer.config.pool_size ?? 2);
    const strides = pair(layer.config.strides ?? layer.config.pool_size ?? 2);
    const { pads, height, width } = imageWindow(image.shape, kernel, strides, [1, 1], String(layer.config.padding));
    const output = builder.node(op, layer.name, [image.name], {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: ints(pads),
    });
    return { name: output, shape: [height, width, image.shape[2]!], order: 'channels-first' };
  };

const globalPool2d =
  (op: 'GlobalMaxPool' | 'GlobalAveragePool'): Handler =>
  (call) => {
    requireConfig(call, 'data_format', ['channels_last']);
    requireConfig(call, 'keepdims', [false]);
    const { builder, layer } = call;
    const image = channelsFirst(builder, onlyInput(call));
    const pooled = builder.node(op, `${layer.name}/pool`, [image.name]);
    return { name: builder.node('Flatten', layer.name, [pooled]), shape: [image.shape[2]!], order: 'plain' };
  };

export const maxPooling2d = pool2d('MaxPool');
export const averagePooling2d = pool2d('AveragePool');
export const globalMaxPooling2d = globalPool2d('GlobalMaxPool');
export const globalAveragePooling2d = globalPool2d('GlobalAveragePool');
