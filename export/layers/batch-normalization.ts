import { float } from '../../runtime/model/index.js';
import { channelsFirst, constantLike, flatOrder, graphAxis } from '../layout.js';
import type { Value } from '../value.js';
import { axesOf, type Handler, type LayerCall, onlyInput, refuse, weight } from './handler.js';

/** Keras' default; TensorFlow.js has the same. */
const defaultEpsilon = 1e-3;

interface Statistics {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

function statisticsOf(call: LayerCall, channels: number): Statistics {
  const { config } = call.layer;
  const given = (name: string) => {
    const { values } = weight(call, name, 1);
    if (values.length === channels) return values;
    throw refuse(call, `has ${values.length} numbers as its "${name}", and its input has ${channels} channels`);
  };
  const all = (fill: number) => new Float32Array(channels).fill(fill);
  return {
    gamma: config.scale === false ? all(1) : given('gamma'),
    beta: config.center === false ? all(0) : given('beta'),
    mean: given('moving_mean'),
    variance: given('moving_variance'),
  };
}

/** gamma (x - mean) / sqrt(variance + epsilon) + beta along an axis that ONNX's operator cannot take. */
function scaled(call: LayerCall, value: Value, axis: number, statistics: Statistics, epsilon: number): Value {
  const { builder, layer } = call;
  const { gamma, beta, mean, variance } = statistics;
  const dims = value.shape.map((size, i) => (i + 1 === axis ? size : 1));
  const constant = (name: string, values: Float32Array) =>
    constantLike(builder, value, `${layer.name}/${name}`, dims, values);
  const scale = gamma.map((g, i) => g / Math.sqrt(variance[i]! + epsilon));
  const shift = beta.map((b, i) => b - mean[i]! * (gamma[i]! / Math.sqrt(variance[i]! + epsilon)));
  const product = builder.node('Mul', `${layer.name}/product`, [value.name, constant('scale', scale)]);
  return { ...value, name: builder.node('Add', layer.name, [product, constant('shift', shift)]) };
}

/**
 * Batch normalisation along an axis with the moving statistics. Written as one `BatchNormalization` node where the axis is
 * the graph's axis 1, as the channels of an image are: the pass that folds it into a neighbour decides what becomes of it.
 */
export const batchNormalization: Handler = (call) => {
  const { builder, layer } = call;
  const given = onlyInput(call);
  const rank = given.shape.length;
  const axes = axesOf(call, layer.config.axis ?? -1, rank);
  if (axes.length !== 1) throw refuse(call, `has axis ${JSON.stringify(layer.config.axis)}, and one axis is expected`);
  const axis = axes[0]!;
  const value = rank === 3 && axis === rank ? channelsFirst(builder, given) : given;
  const statistics = statisticsOf(call, value.shape[axis - 1]!);
  const epsilon = Number(layer.config.epsilon ?? defaultEpsilon);
  if (graphAxis(value, axis) !== 1) return scaled(call, value, axis, statistics, epsilon);
  const constants = Object.entries(statistics).map(([name, numbers]: [string, Float32Array]) => {
    const inOrder = value.order === 'flat' ? flatOrder(numbers, 1, value.image!) : numbers;
    return builder.floats(`${layer.name}/${name}`, [numbers.length], inOrder);
  });
  const attributes = { epsilon: float(epsilon) };
  return { ...value, name: builder.node('BatchNormalization', layer.name, [value.name, ...constants], attributes) };
};
