import { float } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import type { Weight } from '../read/layers-model.js';
import { type Handler, onlyInput, requireConfig, weight } from './handler.js';

/** Keras' default; TensorFlow.js has the same. */
const defaultEpsilon = 1e-3;

/**
 * Batch normalisation over the last axis with the moving statistics. Always written as one `BatchNormalization` node:
 * the pass that folds it into a neighbour decides what becomes of it.
 */
export const batchNormalization: Handler = (call) => {
  const { builder, layer } = call;
  const input = onlyInput(call);
  requireConfig(call, 'axis', [-1, input.shape.length, [input.shape.length]]);
  // ONNX normalises axis 1, which is the channels' in both of these; anything else comes as Keras has it.
  const value = input.order === 'channels-first' || input.shape.length === 1 ? input : plain(builder, input);
  const mean = weight(call, 'moving_mean');
  const all = (fill: number): Weight => ({ dims: mean.dims, values: new Float32Array(mean.values.length).fill(fill) });
  const constant = (name: string, { dims, values }: Weight) => builder.floats(`${layer.name}/${name}`, dims, values);
  const output = builder.node(
    'BatchNormalization',
    layer.name,
    [
      value.name,
      constant('gamma', layer.weights.get('gamma') ?? all(1)),
      constant('beta', layer.weights.get('beta') ?? all(0)),
      constant('mean', mean),
      constant('variance', weight(call, 'moving_variance')),
    ],
    { epsilon: float(Number(layer.config.epsilon ?? defaultEpsilon)) },
  );
  return { ...value, name: output };
};
