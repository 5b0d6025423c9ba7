import { int } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { type Handler, onlyInput, refuse, weight } from './handler.js';

/** ONNX's number for int32 in `Cast`. */
const int32 = 6;

/** `Embedding`: each number, which counts rows, becomes that row of the table. */
export const embedding: Handler = (call) => {
  const { builder, layer } = call;
  const { config } = layer;
  const value = plain(builder, onlyInput(call));
  const { dims, values } = weight(call, 'embeddings', 2);
  const said = [config.input_dim ?? dims[0], config.output_dim ?? dims[1]];
  if (said.join() !== dims.join())
    throw refuse(
      call,
      `has a table of [${dims.join(', ')}], expected [${said.join(', ')}], its input_dim and output_dim`,
    );
  const rows = builder.node('Cast', `${layer.name}/rows`, [value.name], { to: int(int32) });
  const table = builder.floats(`${layer.name}/embeddings`, dims, values);
  const name = builder.node('Gather', layer.name, [table, rows], { axis: int(0) });
  return { name, shape: [...value.shape, dims[1]!], order: 'plain' };
};
