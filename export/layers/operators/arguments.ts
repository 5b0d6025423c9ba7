import { constantLike, plain } from '../../layout.js';
import type { Value } from '../../value.js';
import { align, broadcast } from '../align.js';
import { type LayerCall, refuse } from '../handler.js';

/** A constant that somebody computed with: a number, or numbers as `[...dims]`. */
export interface Constant {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

const dimsOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...dimsOf(value[0])] : []);

function constantOf(value: unknown): Constant | undefined {
  const { class_name: name, config } = (value ?? {}) as { class_name?: unknown; config?: { value?: unknown } };
  const numbers = name === '__tensor__' ? config?.value : value;
  const flat = [numbers].flat(Infinity as 1);
  if (!flat.every((number) => typeof number === 'number')) return undefined;
  const dims = dimsOf(numbers);
  return dims.reduce((a, b) => a * b, 1) === flat.length ? { dims, values: Float32Array.from(flat) } : undefined;
}

/** What the call has at a place, or under a name: Keras takes either. */
export const argument = ({ given, layer }: LayerCall, place: number, name: string): unknown =>
  given?.args[place] ?? given?.kwargs[name] ?? layer.config[name];

/** The output of a layer that stands for an argument. */
export function outputAt({ inputs }: LayerCall, given: unknown): Value | undefined {
  const place = (given as { input?: unknown } | null | undefined)?.input;
  return typeof place === 'number' ? inputs[place] : undefined;
}

/** The one value that an operator takes first. */
export function operand(call: LayerCall): Value {
  const value = outputAt(call, call.given?.args[0]) ?? call.inputs[0];
  if (value) return value;
  throw refuse(call, 'takes the output of a layer, got a constant');
}

/**
 * Two operands as an operator of ONNX takes them, and what comes out but its name. Constants broadcast as NumPy has it; two
 * values must be of one rank, since NumPy would broadcast the batch.
 */
export function pair(call: LayerCall): { names: [string, string]; result: Omit<Value, 'name'> } {
  const { builder, layer } = call;
  const [first, second] = [argument(call, 0, 'x1'), argument(call, 1, 'x2')];
  const [x, y] = [outputAt(call, first), outputAt(call, second)];
  if (x && y) {
    if (x.shape.length !== y.shape.length) {
      throw refuse(call, `takes values of as many axes, got [${x.shape.join(', ')}] and [${y.shape.join(', ')}]`);
    }
    const aligned = align(builder, [x, y]);
    const shape = broadcast(aligned.map((value) => value.shape));
    if (!shape) throw refuse(call, `takes values whose shapes fit together, got [${x.shape}] and [${y.shape}]`);
    const isSpread = aligned.some((value) => value.order === 'flat' && value.shape[0] !== shape[0]);
    const [a, b] = (isSpread ? aligned.map((value) => plain(builder, value)) : aligned) as [Value, Value];
    const { name: _, ...result } = a;
    return { names: [a.name, b.name], result: { ...result, shape } };
  }
  const constant = constantOf(x ? second : first);
  const given = x ?? y;
  if (!given || !constant) throw refuse(call, 'takes outputs of layers and numbers, got something else');
  // An axis of one before the others is the batch's.
  const { values } = constant;
  const dims = constant.dims.length > given.shape.length ? constant.dims.slice(1) : constant.dims;
  const all = [...Array<number>(Math.max(given.shape.length - dims.length, 0)).fill(1), ...dims];
  const isTooMuch = constant.dims.length > given.shape.length && constant.dims[0] !== 1;
  const shape = !isTooMuch && all.length === given.shape.length ? broadcast([given.shape, all]) : undefined;
  if (!shape) {
    throw refuse(call, `takes [${given.shape.join(', ')}] with a constant of [${constant.dims.join(', ')}]`);
  }
  const isSpread =
    given.order === 'flat' && (shape[0] !== given.shape[0] || (values.length > 1 && given.image === undefined));
  const value = isSpread ? plain(builder, given) : given;
  const name = `${layer.name}/constant`;
  const other =
    values.length === 1 && shape.join() === given.shape.join()
      ? builder.floats(name, [], values)
      : constantLike(builder, value, name, all, values);
  const { name: own, ...result } = value;
  return { names: x ? [own, other] : [other, own], result: { ...result, shape } };
}
