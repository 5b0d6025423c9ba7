import { int, ints } from '../../runtime/model/index.js';
import { plain } from '../layout.js';
import { snake } from '../read/snake-case.js';
import { type Handler, onlyInput, refuse, requireConfig } from './handler.js';

/** ONNX's number for int64 in `Cast`. */
const int64 = 7;

/** `CategoryEncoding`: which numbers occur in a list (`multiHot`), which one it is (`oneHot`), or how often each (`count`). */
export const categoryEncoding: Handler = (call) => {
  const { builder, layer } = call;
  const { config, name } = layer;
  requireConfig(call, 'output_mode', ['multi_hot', 'one_hot', 'count']);
  const mode = snake(String(config.output_mode ?? 'multi_hot'));
  const value = plain(builder, onlyInput(call));
  const tokens = Number(config.num_tokens);
  if (!(tokens >= 1))
    throw refuse(call, `has num_tokens ${JSON.stringify(config.num_tokens ?? null)}, expected a number from 1 up`);
  if (value.shape.length !== 1 || (mode === 'one_hot' && value.shape[0] !== 1)) {
    throw refuse(
      call,
      `takes ${mode === 'one_hot' ? 'one number' : 'a list of numbers'}, got [${value.shape.join(', ')}]`,
    );
  }
  const whole = builder.node('Cast', `${name}/whole`, [value.name], { to: int(int64) });
  const depth = builder.integers(`${name}/depth`, [tokens]);
  const values = builder.floats(`${name}/values`, [2], Float32Array.of(0, 1));
  const hot = builder.node('OneHot', `${name}/hot`, [whole, depth, values]);
  const merged =
    mode === 'count'
      ? builder.node('ReduceSum', name, [hot, builder.integers(`${name}/axis`, [1])], { keepdims: int(0) })
      : builder.node('ReduceMax', name, [hot], { axes: ints([1]), keepdims: int(0) });
  return { name: merged, shape: [tokens], order: 'plain' };
};
