import { int, ints } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import type { Value } from '../value.js';
import {
  type Handler,
  imageInput,
  imageOutput,
  isKeras,
  type LayerCall,
  onlyInput,
  requireConfig,
  seesChannelsFirst,
} from './handler.js';

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

/** The mean of the steps that count. TensorFlow.js takes all of them. */
function maskedMean(call: LayerCall, given: Value): Value {
  const { builder, layer } = call;
  const { name } = layer;
  requireConfig(call, 'data_format', ['channels_last']);
  const value = plain(builder, given);
  const keeps = layer.config.keepdims === true;
  const last = builder.integers(`${name}/last`, [-1]);
  const counts = builder.node('Unsqueeze', `${name}/counts`, [given.mask!.name, last]);
  const zero = builder.floats(`${name}/zero`, [], Float32Array.of(0));
  const kept = builder.node('Where', `${name}/kept`, [counts, value.name, zero]);
  const steps = builder.node('Cast', `${name}/weights`, [counts], { to: int(1) });
  const time = builder.integers(`${name}/time`, [1]);
  const keepdims = int(keeps ? 1 : 0);
  const sum = builder.node('ReduceSum', `${name}/sum`, [kept, time], { keepdims });
  const count = builder.node('ReduceSum', `${name}/count`, [steps, time], { keepdims });
  const channels = value.shape[1]!;
  return { name: builder.node('Div', name, [sum, count]), shape: keeps ? [1, channels] : [channels], order: 'plain' };
}

/** A sequence that lies channels-last, as recurrent layers give it, is not moved. */
const globalPool1d =
  (kind: Kind): Handler =>
  (call) => {
    requireConfig(call, 'keepdims', [false, true]);
    if (!isKeras(call)) requireConfig(call, 'data_format', ['channels_last']);
    const { builder, layer } = call;
    const value = onlyInput(call);
    if (kind === 'Average' && isKeras(call) && value.mask && value.mask.lostIn === undefined)
      return maskedMean(call, value);
    if (seesChannelsFirst(call)) return globalPool(kind, 1)(call);
    if (value.order !== 'plain' || value.shape.length !== 2) return globalPool(kind, 1)(call);
    const op = kind === 'Max' ? 'ReduceMax' : 'ReduceMean';
    const keeps = layer.config.keepdims === true;
    const name = builder.node(op, layer.name, [value.name], { axes: ints([1]), keepdims: int(keeps ? 1 : 0) });
    const channels = value.shape[1]!;
    return { name, shape: keeps ? [1, channels] : [channels], order: 'plain' };
  };

export const globalMaxPooling1d = globalPool1d('Max');
export const globalMaxPooling2d = globalPool('Max', 2);
export const globalMaxPooling3d = globalPool('Max', 3);
export const globalAveragePooling1d = globalPool1d('Average');
export const globalAveragePooling2d = globalPool('Average', 2);
export const globalAveragePooling3d = globalPool('Average', 3);
