import { int, ints } from '../../runtime/model/index.js';
import { type Handler, imageInput, onlyInput, requireConfig } from './handler.js';

type Kind = 'Max' | 'Average';

/** One number a channel, over so many axes. */
const globalPool =
  (kind: Kind, axes: number): Handler =>
  (call) => {
    requireConfig(call, 'keepdims', [false]);
    const { builder, layer } = call;
    const image = imageInput(call, axes);
    const pooled = builder.node(`Global${kind}Pool`, `${layer.name}/pool`, [image.name]);
    return { name: builder.node('Flatten', layer.name, [pooled]), shape: [image.shape.at(-1)!], order: 'plain' };
  };

/** A sequence that lies channels-last, as recurrent layers give it, is not moved. */
const globalPool1d =
  (kind: Kind): Handler =>
  (call) => {
    requireConfig(call, 'keepdims', [false]);
    requireConfig(call, 'data_format', ['channels_last']);
    const value = onlyInput(call);
    if (value.order !== 'plain' || value.shape.length !== 2) return globalPool(kind, 1)(call);
    const op = kind === 'Max' ? 'ReduceMax' : 'ReduceMean';
    const name = call.builder.node(op, call.layer.name, [value.name], { axes: ints([1]), keepdims: int(0) });
    return { name, shape: [value.shape[1]!], order: 'plain' };
  };

export const globalMaxPooling1d = globalPool1d('Max');
export const globalMaxPooling2d = globalPool('Max', 2);
export const globalAveragePooling1d = globalPool1d('Average');
export const globalAveragePooling2d = globalPool('Average', 2);
