import { constantLike } from '../layout.js';
import { type Handler, onlyInput, refuse } from './handler.js';

/** `Rescaling`: scale x + offset, one number for all or one a channel. */
export const rescaling: Handler = (call) => {
  const { builder, layer } = call;
  const value = onlyInput(call);
  const rank = value.shape.length;
  const constant = (key: string, numbers: Float32Array) => {
    if (numbers.length !== 1 && numbers.length !== value.shape.at(-1)) {
      throw refuse(
        call,
        `has ${numbers.length} numbers as its ${key}, and its input has ${value.shape.at(-1)} channels`,
      );
    }
    if (numbers.length === 1) return builder.floats(`${layer.name}/${key}`, [], numbers);
    return constantLike(builder, value, `${layer.name}/${key}`, [...Array(rank - 1).fill(1), numbers.length], numbers);
  };
  const given = (key: string, byDefault: number) => Float32Array.from([layer.config[key] ?? byDefault].flat(), Number);
  const [scale, offset] = [given('scale', 1), given('offset', 0)];
  const isShifted = offset.some((number) => number !== 0);
  const name = isShifted ? `${layer.name}/scaled` : layer.name;
  const scaled = builder.node('Mul', name, [value.name, constant('scale', scale)]);
  if (!isShifted) return { ...value, name: scaled };
  return { ...value, name: builder.node('Add', layer.name, [scaled, constant('offset', offset)]) };
};
