import { int, ints } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { type Handler, onlyInput } from './handler.js';

/** ONNX's numbers for types in `Cast`. */
const [float32, bool] = [1, 9];

/** `Masking`: a step of a sequence in which every number is the mask's becomes zero, and does not count to recurrent layers. */
export const masking: Handler = (call) => {
  const { builder, layer } = call;
  const { name } = layer;
  const value = plain(builder, onlyInput(call));
  const blank = builder.floats(`${name}/value`, [], Float32Array.of(Number(layer.config.mask_value ?? 0)));
  const equal = builder.node('Equal', `${name}/equal`, [value.name, blank]);
  const differs = builder.node('Cast', `${name}/differs`, [builder.node('Not', `${name}/other`, [equal])], {
    to: int(float32),
  });
  const last = ints([value.shape.length]);
  const any = builder.node('ReduceMax', `${name}/any`, [differs], { axes: last, keepdims: int(1) });
  const steps = builder.node('ReduceMax', `${name}/steps`, [differs], { axes: last, keepdims: int(0) });
  const mask = builder.node('Cast', `${name}/mask`, [steps], { to: int(bool) });
  return {
    ...value,
    name: builder.node('Mul', name, [value.name, any]),
    mask: { name: mask, shape: value.shape.slice(0, -1) },
  };
};
