import { int, ints } from '../../../runtime/model/index.js';
import { plain } from '../../layout.js';
import type { Value } from '../../value.js';
import { concatenate } from '../concatenate.js';
import { axesOf, axisOf, type Handler, type LayerCall, refuse } from '../handler.js';
import { reshape as reshapeLayer } from '../reshape.js';
import { argument, operand, outputAt } from './arguments.js';

const withConfig = (call: LayerCall, config: { [key: string]: unknown }, inputs: readonly Value[]): LayerCall => ({
  ...call,
  inputs,
  layer: { ...call.layer, config },
});

/** `reshape`: the batch comes first and stays. */
const reshape: Handler = (call) => {
  const target = argument(call, 1, 'newshape');
  const [batch, ...shape] = Array.isArray(target) ? target : [];
  const value = operand(call);
  const isOpen = batch === -1 || batch === null;
  const sizes = shape.filter((size) => typeof size === 'number' && size > 0);
  const total = value.shape.reduce((a, b) => a * b, 1);
  // With the batch open, an open size next to it would be anything.
  if (
    !isOpen ||
    (sizes.length < shape.length && batch === -1) ||
    (sizes.length === shape.length && sizes.reduce((a, b) => a * b, 1) !== total)
  ) {
    throw refuse(
      call,
      `makes ${JSON.stringify(target)} of [N, ${value.shape.join(', ')}], expected -1 for the batch and a size for each other axis`,
    );
  }
  return reshapeLayer(withConfig(call, { target_shape: shape }, [value]));
};

function moved(call: LayerCall, perm: readonly number[]): Value {
  const { builder, layer } = call;
  const value = plain(builder, operand(call));
  const rank = value.shape.length;
  if (perm[0] !== 0 || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i) || perm.length !== rank + 1) {
    throw refuse(call, `orders the axes as [${perm.join(', ')}], expected the batch first and then 1 to ${rank}`);
  }
  const shape = perm.slice(1).map((axis) => value.shape[axis - 1]!);
  return { name: builder.node('Transpose', layer.name, [value.name], { perm: ints(perm) }), shape, order: 'plain' };
}

const transpose: Handler = (call) => {
  const axes = argument(call, 1, 'axes');
  const rank = operand(call).shape.length + 1;
  return moved(call, Array.isArray(axes) ? axes.map((axis) => (Number(axis) + rank) % rank) : []);
};

const swapAxes: Handler = (call) => {
  const rank = operand(call).shape.length;
  const [a, b] = [argument(call, 1, 'axis1'), argument(call, 2, 'axis2')].map((axis) => axisOf(call, axis, rank)) as [
    number,
    number,
  ];
  return moved(
    call,
    Array.from({ length: rank + 1 }, (_, i) => (i === a ? b : i === b ? a : i)),
  );
};

const expandDims: Handler = (call) => {
  const { builder, layer } = call;
  const value = plain(builder, operand(call));
  const axis = axisOf(call, argument(call, 1, 'axis'), value.shape.length + 1);
  const name = builder.node('Unsqueeze', layer.name, [value.name, builder.integers(`${layer.name}/axis`, [axis])]);
  return { name, shape: value.shape.toSpliced(axis - 1, 0, 1), order: 'plain' };
};

const squeeze: Handler = (call) => {
  const { builder, layer } = call;
  const value = plain(builder, operand(call));
  const given = argument(call, 1, 'axis');
  const ones = value.shape.flatMap((size, i) => (size === 1 ? [i + 1] : []));
  const axes = given === null || given === undefined ? ones : axesOf(call, given, value.shape.length);
  if (!axes.every((axis) => ones.includes(axis))) {
    throw refuse(call, `leaves out the axes ${axes.join(', ')} of [${value.shape.join(', ')}], which are not of one`);
  }
  const name = builder.node('Squeeze', layer.name, [value.name, builder.integers(`${layer.name}/axes`, axes)]);
  return { name, shape: value.shape.filter((_, i) => !axes.includes(i + 1)), order: 'plain' };
};

/** The values of a list that an operator takes. */
function listed(call: LayerCall): Value[] {
  const list = call.given?.args[0];
  const values = (Array.isArray(list) ? list : []).map((each) => outputAt(call, each));
  if (values.length > 0 && values.every((value) => value !== undefined)) return values as Value[];
  throw refuse(call, 'takes a list of outputs of layers, got something else');
}

const joined: Handler = (call) => {
  const values = listed(call);
  const axis = axisOf(call, argument(call, 1, 'axis') ?? -1, values[0]!.shape.length);
  return concatenate(withConfig(call, { axis }, values));
};

const stack: Handler = (call) => {
  const { builder, layer } = call;
  const values = listed(call).map((value) => plain(builder, value));
  const { shape } = values[0]!;
  if (values.some((value) => value.shape.join() !== shape.join())) throw refuse(call, 'takes values of one shape');
  const axis = axisOf(call, argument(call, 1, 'axis') ?? 0, shape.length + 1);
  const at = builder.integers(`${layer.name}/axis`, [axis]);
  const parts = values.map(({ name }, i) => builder.node('Unsqueeze', `${layer.name}/${i}`, [name, at]));
  const name = builder.node('Concat', layer.name, parts, { axis: int(axis) });
  return { name, shape: shape.toSpliced(axis - 1, 0, values.length), order: 'plain' };
};

const split: Handler = (call) => {
  const { builder, layer } = call;
  const value = plain(builder, operand(call));
  const axis = axisOf(call, argument(call, 2, 'axis') ?? 0, value.shape.length);
  const count = argument(call, 1, 'indices_or_sections') ?? argument(call, 1, 'num_or_size_splits');
  const size = value.shape[axis - 1]!;
  if (typeof count !== 'number' || size % count !== 0)
    throw refuse(call, `splits ${size} into ${JSON.stringify(count)}, expected a number that divides it`);
  const sizes = builder.integers(`${layer.name}/sizes`, Array<number>(count).fill(size / count));
  const names = builder.nodes('Split', layer.name, count, [value.name, sizes], { axis: int(axis) });
  return names.map((name) => ({ name, shape: value.shape.with(axis - 1, size / count), order: 'plain' }));
};

interface Part {
  readonly class_name?: unknown;
  readonly config?: { readonly start?: number | null; readonly stop?: number | null; readonly step?: number | null };
}

/** `x[:, 1:3, 0]`: a part along some axes, one of it along others. */
const getItem: Handler = (call) => {
  const { builder, layer } = call;
  const value = plain(builder, operand(call));
  const rank = value.shape.length + 1;
  const given = [argument(call, 1, 'key') ?? []].flat() as (Part | number | null)[];
  const dots = given.findIndex((part) => (part as Part | null)?.class_name === '__ellipsis__');
  const all: Part = { class_name: '__slice__', config: {} };
  const rest = Array<Part>(Math.max(rank - given.length + (dots < 0 ? 0 : 1), 0)).fill(all);
  const parts = dots < 0 ? [...given, ...rest] : given.toSpliced(dots, 1, ...rest);
  const starts: number[] = [];
  const ends: number[] = [];
  const axes: number[] = [];
  const steps: number[] = [];
  const dropped: number[] = [];
  const shape: number[] = [];
  const wrong = () =>
    refuse(call, `takes the part ${JSON.stringify(given)} of [N, ${value.shape.join(', ')}], which is not known`);
  if (parts.length !== rank) throw wrong();
  for (const [axis, part] of parts.entries()) {
    const size = axis === 0 ? Infinity : value.shape[axis - 1]!;
    if (typeof part === 'number') {
      const at = part < 0 ? part + size : part;
      if (axis === 0 || !(at >= 0 && at < size)) throw wrong();
      starts.push(at);
      ends.push(at + 1);
      axes.push(axis);
      steps.push(1);
      dropped.push(axis);
      continue;
    }
    if (part?.class_name !== '__slice__') throw wrong();
    const { start, stop, step } = part.config ?? {};
    const by = step ?? 1;
    if (axis === 0) {
      if ((start ?? 0) !== 0 || (stop ?? null) !== null || by !== 1) throw wrong();
      continue;
    }
    if (!(by >= 1)) throw wrong();
    const within = (edge: number) => Math.min(Math.max(edge < 0 ? edge + size : edge, 0), size);
    const [from, to] = [within(start ?? 0), within(stop ?? size)];
    const length = Math.ceil((to - from) / by);
    if (length < 1) throw wrong();
    shape.push(length);
    if (length === size) continue;
    starts.push(from);
    ends.push(to);
    axes.push(axis);
    steps.push(by);
  }
  if (axes.length === 0) return value;
  const { name } = layer;
  const constants = Object.entries({ starts, ends, axes, steps }).map(([what, list]) =>
    builder.integers(`${name}/${what}`, list),
  );
  const taken = builder.node('Slice', dropped.length > 0 ? `${name}/part` : name, [value.name, ...constants]);
  if (dropped.length === 0) return { name: taken, shape, order: 'plain' };
  return {
    name: builder.node('Squeeze', name, [taken, builder.integers(`${name}/dropped`, dropped)]),
    shape,
    order: 'plain',
  };
};

/** The product of matrices, which may lie along further axes. */
const matmul: Handler = (call) => {
  const { builder, layer } = call;
  const values = [argument(call, 0, 'x1'), argument(call, 1, 'x2')].map((each) => outputAt(call, each));
  const [x, y] = values.map((value, i) => {
    if (!value || value.shape.length < 2) throw refuse(call, 'takes two outputs of layers of two axes or more');
    const straight = plain(builder, value);
    if (layer.config[i ? 'transpose_b' : 'transpose_a'] !== true) return straight;
    const rank = straight.shape.length;
    const perm = Array.from({ length: rank + 1 }, (_, axis) =>
      axis === rank ? rank - 1 : axis === rank - 1 ? rank : axis,
    );
    const name = builder.node('Transpose', `${layer.name}/${i ? 'second' : 'first'}`, [straight.name], {
      perm: ints(perm),
    });
    return { ...straight, name, shape: perm.slice(1).map((axis) => straight.shape[axis - 1]!) };
  }) as [Value, Value];
  const isAlike = x.shape.slice(0, -2).join() === y.shape.slice(0, -2).join() && x.shape.at(-1) === y.shape.at(-2);
  if (!isAlike)
    throw refuse(call, `takes matrices that fit together, got [${x.shape.join(', ')}] and [${y.shape.join(', ')}]`);
  return {
    name: builder.node('MatMul', layer.name, [x.name, y.name]),
    shape: [...x.shape.slice(0, -1), y.shape.at(-1)!],
    order: 'plain',
  };
};

export const shapes: readonly (readonly [name: string, handler: Handler])[] = [
  ['Concatenate', joined],
  ['ExpandDims', expandDims],
  ['GetItem', getItem],
  ['Matmul', matmul],
  ['Reshape', reshape],
  ['Split', split],
  ['Squeeze', squeeze],
  ['Stack', stack],
  ['Swapaxes', swapAxes],
  ['Transpose', transpose],
];
