import {
  each,
  type Handler,
  imageInput,
  imageOutput,
  isKeras,
  type LayerCall,
  refuse,
  requireConfig,
} from './handler.js';
import { imageWindows } from './windows.js';

/** The least float32. */
const lowest = -(2 - 2 ** -23) * 2 ** 127;

/**
 * Zeros of a `Pad` that count as numbers do. ONNX Runtime (as of 1.30) makes such a Pad the pool's own padding, which counts
 * less than every number: of windows at the rim in which all are below zero it gives another maximum. What changes nothing
 * in between keeps the two apart.
 */
function withRim({ builder, layer }: LayerCall, image: string): string {
  const least = builder.floats(`${layer.name}/lowest`, [], Float32Array.of(lowest));
  return builder.node('Max', `${layer.name}/rim`, [image, least]);
}

/** Pooling over windows. ONNX's AveragePool leaves padding out of the mean by default, as TensorFlow does. */
const pool =
  (op: 'MaxPool' | 'AveragePool', axes: number): Handler =>
  (call) => {
    const { builder, layer } = call;
    // TensorFlow.js knows sequences with the channels last only.
    if (axes === 1 && !isKeras(call)) requireConfig(call, 'data_format', ['channels_last']);
    const image = imageInput(call, axes);
    const kernel = each(layer.config.pool_size ?? 2, axes);
    const strides = each(layer.config.strides ?? kernel, axes);
    const { attributes, space } = imageWindows(call, image, { kernel, strides });
    // TensorFlow's own kernel begins such windows elsewhere than it says, and than its other kernels do.
    const hasGaps = space.some((out, i) => (out - 1) * strides[i]! + kernel[i]! < image.shape[i]!);
    if (op === 'MaxPool' && axes === 3 && layer.config.padding === 'same' && hasGaps) {
      throw refuse(
        call,
        `has padding "same" with windows of ${kernel.join('x')} in steps of ${strides.join('x')}, which leave out what TensorFlow chooses; give padding "valid"`,
      );
    }
    const from = op === 'MaxPool' && image.rim ? withRim(call, image.name) : image.name;
    const name = builder.node(op, layer.name, [from], attributes);
    return imageOutput(call, { name, shape: [...space, image.shape.at(-1)!], order: 'channels-first' });
  };

export const maxPooling1d = pool('MaxPool', 1);
export const maxPooling2d = pool('MaxPool', 2);
export const maxPooling3d = pool('MaxPool', 3);
export const averagePooling1d = pool('AveragePool', 1);
export const averagePooling2d = pool('AveragePool', 2);
export const averagePooling3d = pool('AveragePool', 3);
