import { cropToAspect } from './aspect.js';
import { type Handler, imageInput, imageOutput, isKeras, requireConfig } from './handler.js';
import { type Interpolation, resize } from './resize.js';

/**
 * `Resizing`. TensorFlow.js puts corners on corners, unless it is told to crop to the aspect ratio (it crops nothing); Keras
 * has the pixels' centres at halves, and crops.
 */
export const resizing: Handler = (call) => {
  const { config } = call.layer;
  requireConfig(call, 'interpolation', ['bilinear', 'nearest']);
  requireConfig(call, 'antialias', [false]);
  requireConfig(call, 'pad_to_aspect_ratio', [false]);
  const crops = config.crop_to_aspect_ratio === true;
  const to = {
    height: Number(config.height),
    width: Number(config.width),
    interpolation: (config.interpolation ?? 'bilinear') as Interpolation,
  };
  const given = imageInput(call);
  if (!isKeras(call))
    return imageOutput(call, resize(call, given, { ...to, coordinates: crops ? 'edges' : 'corners' }));
  const image = crops ? cropToAspect(call, given, to) : given;
  return imageOutput(call, resize(call, image, { ...to, coordinates: 'centers' }));
};
