import { type Handler, imageInput, imageOutput, requireConfig } from './handler.js';
import { type Interpolation, resize } from './resize.js';

/** `Resizing`, by TensorFlow.js' rule: corners on corners, unless it is told to crop to the aspect ratio (it crops nothing). */
export const resizing: Handler = (call) => {
  const { config } = call.layer;
  requireConfig(call, 'interpolation', ['bilinear', 'nearest']);
  const resized = resize(call, imageInput(call), {
    height: Number(config.height),
    width: Number(config.width),
    interpolation: (config.interpolation ?? 'bilinear') as Interpolation,
    alignCorners: config.crop_to_aspect_ratio !== true,
  });
  return imageOutput(call, resized);
};
