import { float } from '../../runtime/model/index.js';
import { channelsFirst, constantLike, plain } from '../layout.js';
import { axesOf, type Handler, onlyInput, refuse, weight } from './handler.js';

/**
 * `GroupNormalization`: the channels in groups, each group less its mean and divided by its deviation, then gamma and beta.
 * ONNX has an operator for it since opset 18; here each group is a channel of an instance normalisation.
 */
export const groupNormalization: Handler = (call) => {
  const { builder, layer } = call;
  const { config, name } = layer;
  const given = onlyInput(call);
  const rank = given.shape.length;
  const axes = axesOf(call, config.axis ?? -1, rank);
  // Channels that Keras has elsewhere than last: as it has them, and they must be first.
  const isLast = axes.join() === String(rank);
  if (axes.length !== 1 || (!isLast && axes[0] !== 1)) {
    throw refuse(call, `has axis ${JSON.stringify(config.axis)}, expected the first or the last of the ${rank}`);
  }
  const value = isLast && rank > 1 ? channelsFirst(builder, given) : plain(builder, given);
  const channels = given.shape[axes[0]! - 1]!;
  const asked = Number(config.groups ?? 32);
  const groups = asked === -1 ? channels : asked;
  if (!(groups >= 1) || channels % groups !== 0) {
    throw refuse(call, `has ${asked} groups for ${channels} channels, expected a number that divides them`);
  }
  const dims = value.shape.map((size, i) => (i + 1 === axes[0] ? size : 1));
  const inGraph = value.order === 'channels-first' ? [channels, ...value.shape.slice(0, -1)] : value.shape;
  const total = inGraph.reduce((a, b) => a * b, 1);
  const grouped = builder.node('Reshape', `${name}/groups`, [
    value.name,
    builder.integers(`${name}/groups/shape`, [-1, groups, total / groups]),
  ]);
  const normal = builder.node(
    'InstanceNormalization',
    `${name}/normal`,
    [
      grouped,
      builder.floats(`${name}/ones`, [groups], new Float32Array(groups).fill(1)),
      builder.floats(`${name}/zeros`, [groups], new Float32Array(groups)),
    ],
    { epsilon: float(Number(config.epsilon ?? 1e-3)) },
  );
  const shape = builder.integers(`${name}/shape`, [-1, ...inGraph]);
  let output = builder.node('Reshape', `${name}/ungrouped`, [normal, shape]);
  const affine = (op: string, key: string) => {
    const { values } = weight(call, key, 1);
    if (values.length !== channels)
      throw refuse(call, `has ${values.length} numbers as its "${key}", expected ${channels}`);
    const constant = constantLike(builder, value, `${name}/${key}`, dims, values);
    output = builder.node(op, `${name}/${key}/applied`, [output, constant]);
  };
  if (config.scale !== false) affine('Mul', 'gamma');
  if (config.center !== false) affine('Add', 'beta');
  return { ...value, name: output };
};
