import { int, ints } from '../../runtime/model/index.js';
import { type Handler, imageInput, imageOutput, onlyInput, requireConfig } from './handler.js';

type Kind = 'Max' | 'Average';

/** One number a channel, over so many axes; with `keepdims` (which TensorFlow.js lacks and Keras has) as an image of one pixel. */
const globalPool =
  (kind: Kind, axes: number): Handler =>
  (call) => {
    requireConfig(call, 'keepdims', [false, true]);
    const { builder, layer } = call;
    const { config, name } = layer;
    const image = imageInput(call, axes);
    const op = `Global${kind}Pool`;
    const channels = image.shape.at(-1)!;
    if (config.keepdims === true) {
      const shape = [...Array<number>(axes).fill(1), channels];
      return imageOutput(call, { name: builder.node(op, name, [image.name]), shape, order: 'channels-first' });
    }
    const pooled = builder.node(op, `${name}/pool`, [image.name]);
    return { name: builder.node('Flatten', name, [pooled]), shape: [channels], order: 'plain' };
  };

/** A sequence that lies channels-last, as recurrent layers give it, is not moved. */
const globalPool1d =
  (kind: Kind): Handler =>
  (call) => {
    requireConfig(call, 'keepdims', [false, true]);
    requireConfig(call, 'data_format', ['channels_last']);
    const { builder, layer } = call;
    const value = onlyInput(call);
    if (value.order !== 'plain' || value.shape.length !== 2) return globalPool(kind, 1)(call);
    const op = kind === 'Max' ? 'ReduceMax' : 'ReduceMean';
    const keeps = layer.config.keepdims === true;
    const name = builder.node(op, layer.name, [value.name], { axes: ints([1]), keepdims: int(keeps ? 1 : 0) });
    const channels = value.shape[1]!;
    return { name, shape: keeps ? [1, channels] : [channels], order: 'plain' };
  };

export const globalMaxPooling1d = globalPool1d('Max');
export const globalMaxPooling2d = globalPool('Max', 2);
export const globalAveragePooling1d = globalPool1d('Average');
export const globalAveragePooling2d = globalPool('Average', 2);
