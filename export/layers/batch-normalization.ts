import { float } from '../../runtime/model/index.js';
import { flatOrder } from '../layout.js';
import { type Handler, imageInput, onlyInput, refuse, requireConfig, weight } from './handler.js';

/** Keras' default; TensorFlow.js has the same. */
const defaultEpsilon = 1e-3;

/**
 * Batch normalisation of each channel with the moving statistics. Always written as one `BatchNormalization` node:
 * the pass that folds it into a neighbour decides what becomes of it.
 */
export const batchNormalization: Handler = (call) => {
  const { builder, layer } = call;
  const { config } = layer;
  const rank = onlyInput(call).shape.length;
  // ONNX normalises axis 1: the channels of an image as we keep it, or the only one.
  if (rank !== 1 && rank !== 3) throw refuse(call, `takes a vector or an image, got ${rank} axes`);
  requireConfig(call, 'axis', [-1, rank, [-1], [rank]]);
  const value = rank === 3 ? imageInput(call) : onlyInput(call);
  const channels = value.shape.at(-1)!;

  const constant = (name: string, numbers: Float32Array) => {
    if (numbers.length !== channels) {
      throw refuse(call, `has ${numbers.length} numbers as its "${name}", and its input has ${channels} channels`);
    }
    const inOrder = value.order === 'flat' ? flatOrder(numbers, 1, value.image!) : numbers;
    return builder.floats(`${layer.name}/${name}`, [channels], inOrder);
  };
  const given = (name: string) => weight(call, name, 1).values;
  const all = (fill: number) => new Float32Array(channels).fill(fill);
  const output = builder.node(
    'BatchNormalization',
    layer.name,
    [
      value.name,
      constant('gamma', config.scale === false ? all(1) : given('gamma')),
      constant('beta', config.center === false ? all(0) : given('beta')),
      constant('mean', given('moving_mean')),
      constant('variance', given('moving_variance')),
    ],
    { epsilon: float(Number(config.epsilon ?? defaultEpsilon)) },
  );
  return { ...value, name: output };
};
