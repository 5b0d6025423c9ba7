import { constantLike, plain } from '../layout.js';
import { axesOf, type Handler, onlyInput, refuse } from './handler.js';

/** The least that Keras divides by. */
const epsilon = 1e-7;

/**
 * `Normalization`: (x - mean) / sqrt(variance) along some axes, or back again with `invert`. The statistics were given, and
 * stand in the config, or were counted, and are weights.
 */
export const normalization: Handler = (call) => {
  const { builder, layer } = call;
  const { config, weights, name } = layer;
  const given = onlyInput(call);
  const rank = given.shape.length;
  const axes = config.axis === null ? [] : axesOf(call, config.axis ?? -1, rank);
  const sizes = axes.map((axis) => given.shape[axis - 1]!);
  const count = sizes.reduce((a, b) => a * b, 1);
  const statistics = (key: string): Float32Array => {
    const said = [config[key] ?? []].flat(Number.POSITIVE_INFINITY as 1).map(Number);
    const values = said.length > 0 ? Float32Array.from(said) : weights.get(key)?.values;
    if (!values) throw refuse(call, `has no ${key}, neither as a weight nor in its config; adapt it before saving`);
    if (values.length === count) return values;
    if (values.length === 1) return new Float32Array(count).fill(values[0]!);
    throw refuse(call, `has ${values.length} numbers as its ${key}, expected ${count} for the axes ${axes.join(', ')}`);
  };
  const [mean, variance] = [statistics('mean'), statistics('variance')];
  const deviation = variance.map((each) => Math.max(Math.sqrt(each), epsilon));
  const isBack = config.invert === true;
  const scale = isBack ? deviation : deviation.map((each) => 1 / each);
  const shift = isBack ? mean : mean.map((each, i) => -each / deviation[i]!);
  const value = given.order === 'flat' ? plain(builder, given) : given;
  const dims = value.shape.map((size, i) => (axes.includes(i + 1) ? size : 1));
  const constant = (what: string, values: Float32Array) =>
    values.length === 1
      ? builder.floats(`${name}/${what}`, [], values)
      : constantLike(builder, value, `${name}/${what}`, dims, values);
  const scaled = builder.node('Mul', `${name}/scaled`, [value.name, constant('scale', scale)]);
  return { ...value, name: builder.node('Add', name, [scaled, constant('shift', shift)]) };
};
