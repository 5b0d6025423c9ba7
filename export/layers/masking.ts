import { int } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { type Handler, onlyInput } from './handler.js';

/** ONNX's numbers for types in `Cast`. */
const [float32, bool] = [1, 9];

/** `Masking`: a step of a sequence in which every number is the mask's becomes zero, and does not count to recurrent layers. */
export const masking: Handler = (call) => {
  const { builder, layer } = call;
  const { name } = layer;
  const value = plain(builder, onlyInput(call));
  const node = (op: string, what: string, inputs: string[]) => builder.node(op, `${name}/${what}`, inputs);
  const cast = (what: string, input: string, to: number) =>
    builder.node('Cast', `${name}/${what}`, [input], { to: int(to) });
  const blank = builder.floats(`${name}/value`, [], Float32Array.of(Number(layer.config.mask_value ?? 0)));
  const other = node('Not', 'other', [node('Equal', 'equal', [value.name, blank])]);
  // How many differ: a sum is the same in every opset since 13, and a maximum of booleans is not.
  const last = builder.integers(`${name}/last`, [-1]);
  const any = cast('any', node('ReduceSum', 'count', [cast('differs', other, float32), last]), bool);
  return {
    ...value,
    name: builder.node('Mul', name, [value.name, cast('kept', any, float32)]),
    mask: { name: node('Squeeze', 'mask', [any, last]), shape: value.shape.slice(0, -1) },
  };
};
