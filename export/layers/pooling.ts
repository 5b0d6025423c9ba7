import { type Handler, imageInput, pair, requireConfig } from './handler.js';
import { imageWindows } from './windows.js';

/** Pooling over windows. ONNX's AveragePool leaves padding out of the mean by default, as TensorFlow does. */
const pool2d =
  (op: 'MaxPool' | 'AveragePool'): Handler =>
  (call) => {
    const { builder, layer } = call;
    const image = imageInput(call);
    const kernel = pair(layer.config.pool_size ?? 2);
    const strides = pair(layer.config.strides ?? kernel);
    const { attributes, height, width } = imageWindows(call, image, { kernel, strides });
    const output = builder.node(op, layer.name, [image.name], attributes);
    return { name: output, shape: [height, width, image.shape[2]!], order: 'channels-first' };
  };

/** One number a channel. */
const globalPool2d =
  (op: 'GlobalMaxPool' | 'GlobalAveragePool'): Handler =>
  (call) => {
    requireConfig(call, 'keepdims', [false]);
    const { builder, layer } = call;
    const image = imageInput(call);
    const pooled = builder.node(op, `${layer.name}/pool`, [image.name]);
    return { name: builder.node('Flatten', layer.name, [pooled]), shape: [image.shape[2]!], order: 'plain' };
  };

export const maxPooling2d = pool2d('MaxPool');
export const averagePooling2d = pool2d('AveragePool');
export const globalMaxPooling2d = globalPool2d('GlobalMaxPool');
export const globalAveragePooling2d = globalPool2d('GlobalAveragePool');
