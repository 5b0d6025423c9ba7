import { text } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { each, type Handler, imageInput, imageOutput, isKeras, onlyInput, requireConfig } from './handler.js';
import { type Interpolation, resize } from './resize.js';

/** `UpSampling2D`: every pixel repeated, or interpolated: between pixels whose centres are at halves in Keras only. */
export const upSampling2d: Handler = (call) => {
  const { config } = call.layer;
  requireConfig(call, 'interpolation', ['nearest', 'bilinear']);
  const image = imageInput(call);
  const [y, x] = each(config.size ?? 2, 2) as [number, number];
  const resized = resize(call, image, {
    height: image.shape[0]! * y,
    width: image.shape[1]! * x,
    interpolation: (config.interpolation ?? 'nearest') as Interpolation,
    coordinates: isKeras(call) ? 'centers' : 'edges',
  });
  return imageOutput(call, resized);
};

/** `UpSampling1D`: every step repeated. */
export const upSampling1d: Handler = (call) => {
  const { builder, layer } = call;
  const { name } = layer;
  const value = plain(builder, onlyInput(call));
  const [steps, channels] = value.shape as [number, number];
  const times = Number(layer.config.size ?? 2);
  const wide = builder.node('Unsqueeze', `${name}/wide`, [value.name, builder.integers(`${name}/axis`, [2])]);
  const tiled = builder.node('Tile', `${name}/tiled`, [wide, builder.integers(`${name}/times`, [1, 1, times, 1])]);
  const shape = [steps * times, channels];
  const dims = builder.integers(`${name}/shape`, [-1, ...shape]);
  return { name: builder.node('Reshape', name, [tiled, dims]), shape, order: 'plain' };
};

/** `UpSampling3D`: every pixel repeated. */
export const upSampling3d: Handler = (call) => {
  const { builder, layer } = call;
  const volume = imageInput(call, 3);
  const size = each(layer.config.size ?? 2, 3);
  const scales = builder.floats(`${layer.name}/scales`, [5], Float32Array.of(1, 1, ...size));
  const how = {
    mode: text('nearest'),
    coordinate_transformation_mode: text('asymmetric'),
    nearest_mode: text('floor'),
  };
  const name = builder.node('Resize', layer.name, [volume.name, '', scales], how);
  const shape = [...size.map((times, i) => volume.shape[i]! * times), volume.shape.at(-1)!];
  return imageOutput(call, { name, shape, order: 'channels-first' });
};
