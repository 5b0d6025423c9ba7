import { float, int, ints } from '../../runtime/model/index.js';
import { constantLike, graphAxis, plain } from '../layout.js';
import { axesOf, type Handler, onlyInput, refuse, requireConfig, weight } from './handler.js';

/** Keras' default; TensorFlow.js has the same. */
const defaultEpsilon = 1e-3;

/** `LayerNormalization` over any axes of each sample: (x - mean) / sqrt(variance + epsilon), then gamma and beta. */
export const layerNormalization: Handler = (call) => {
  const { builder, layer } = call;
  const { config, name } = layer;
  requireConfig(call, 'rms_scaling', [false]);
  const given = onlyInput(call);
  const rank = given.shape.length;
  const axes = axesOf(call, config.axis ?? -1, rank);
  if (new Set(axes).size < axes.length) throw refuse(call, `has an axis twice: ${JSON.stringify(config.axis)}`);
  // Keras moves gamma and beta of unsorted axes, TensorFlow.js does not.
  const positive = [config.axis ?? -1].flat().map((axis) => Number(axis) + (Number(axis) < 0 ? rank + 1 : 0));
  if (positive.join() !== axes.join()) throw refuse(call, `has axis ${JSON.stringify(config.axis)}; sort the axes`);
  const value = given.order === 'flat' ? plain(builder, given) : given;
  const epsilon = Number(config.epsilon ?? defaultEpsilon);
  const sizes = axes.map((axis) => value.shape[axis - 1]!);
  const affine = (key: string) => {
    const found = weight(call, key, axes.length);
    if (found.dims.join() === sizes.join()) return found.values;
    throw refuse(call, `has "${key}" of [${found.dims.join(', ')}], expected [${sizes.join(', ')}]`);
  };
  const gamma = config.scale === false ? undefined : affine('gamma');
  const beta = config.center === false ? undefined : affine('beta');

  // ONNX's operator takes all axes from one on.
  if (value.order === 'plain' && axes.every((axis, i) => axis === rank - axes.length + 1 + i)) {
    const size = sizes.reduce((a, b) => a * b, 1);
    const inputs = [value.name, builder.floats(`${name}/gamma`, sizes, gamma ?? new Float32Array(size).fill(1))];
    if (beta) inputs.push(builder.floats(`${name}/beta`, sizes, beta));
    const attributes = { axis: int(axes[0]!), epsilon: float(epsilon) };
    return { ...value, name: builder.node('LayerNormalization', name, inputs, attributes) };
  }

  const over = { axes: ints(axes.map((axis) => graphAxis(value, axis))), keepdims: int(1) };
  const dims = value.shape.map((length, i) => (axes.includes(i + 1) ? length : 1));
  const mean = builder.node('ReduceMean', `${name}/mean`, [value.name], over);
  const centred = builder.node('Sub', `${name}/centred`, [value.name, mean]);
  const squares = builder.node('Mul', `${name}/squares`, [centred, centred]);
  const variance = builder.node('ReduceMean', `${name}/variance`, [squares], over);
  const floor = builder.floats(`${name}/epsilon`, [], Float32Array.of(epsilon));
  const deviation = builder.node('Sqrt', `${name}/deviation`, [
    builder.node('Add', `${name}/floored`, [variance, floor]),
  ]);
  let output = builder.node('Div', `${name}/normal`, [centred, deviation]);
  if (gamma)
    output = builder.node('Mul', `${name}/scaled`, [
      output,
      constantLike(builder, value, `${name}/gamma`, dims, gamma),
    ]);
  if (beta) output = builder.node('Add', name, [output, constantLike(builder, value, `${name}/beta`, dims, beta)]);
  return { ...value, name: output };
};
