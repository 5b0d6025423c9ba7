import { each, type Handler, imageInput, imageOutput, requireConfig } from './handler.js';
import { type Interpolation, resize } from './resize.js';

/** `UpSampling2D`: every pixel repeated, or interpolated as TensorFlow.js does (Keras has its pixels' centres elsewhere). */
export const upSampling2d: Handler = (call) => {
  const { config } = call.layer;
  requireConfig(call, 'interpolation', ['nearest', 'bilinear']);
  const image = imageInput(call);
  const [y, x] = each(config.size ?? 2, 2) as [number, number];
  const resized = resize(call, image, {
    height: image.shape[0]! * y,
    width: image.shape[1]! * x,
    interpolation: (config.interpolation ?? 'nearest') as Interpolation,
    alignCorners: false,
  });
  return imageOutput(call, resized);
};
