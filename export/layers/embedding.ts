import { int } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { type Handler, onlyInput, weight } from './handler.js';

/** ONNX's number for int32 in `Cast`. */
const int32 = 6;

/** `Embedding`: each number, which counts rows, becomes that row of the table. */
export const embedding: Handler = (call) => {
  const { builder, layer } = call;
  const value = plain(builder, onlyInput(call));
  const { dims, values } = weight(call, 'embeddings', 2);
  const rows = builder.node('Cast', `${layer.name}/rows`, [value.name], { to: int(int32) });
  const table = builder.floats(`${layer.name}/embeddings`, dims, values);
  const name = builder.node('Gather', layer.name, [table, rows], { axis: int(0) });
  return { name, shape: [...value.shape, dims[1]!], order: 'plain' };
};
