import { ints } from '../../../runtime/model/index.js';
import { plain } from '../../layout.js';
import type { Weight } from '../../read/layers-model.js';
import type { Value } from '../../value.js';
import { type Handler, type LayerCall, refuse, requireConfig } from '../handler.js';
import { argument, outputAt } from '../operators/arguments.js';
import { maskedSoftmax, requireArguments } from './masked-softmax.js';

/** Keras names them one way in `.keras` files, another in `.h5`. */
const names = {
  query: ['query_dense', 'query'],
  key: ['key_dense', 'key'],
  value: ['value_dense', 'value'],
  output: ['output_dense', 'attention_output'],
} as const;
type Part = keyof typeof names;

function weightOf(call: LayerCall, part: Part, what: 'kernel' | 'bias'): Weight {
  const { weights } = call.layer;
  const found = names[part].map((name) => weights.get(`${name}/${what}`)).find((weight) => weight !== undefined);
  if (found) return found;
  throw refuse(call, `has no weight "${names[part][1]}/${what}"; it has: ${[...weights.keys()].join(', ') || 'none'}`);
}

/** x K + b as matrices. */
function project(call: LayerCall, part: Part, value: string, rows: number): string {
  const { builder, layer } = call;
  const { values } = weightOf(call, part, 'kernel');
  const columns = values.length / rows;
  const name = `${layer.name}/${part}`;
  const product = builder.node('MatMul', `${name}/product`, [
    value,
    builder.floats(`${name}/kernel`, [rows, columns], values),
  ]);
  if (layer.config.use_bias === false) return product;
  const bias = builder.floats(`${name}/bias`, [columns], weightOf(call, part, 'bias').values);
  return builder.node('Add', name, [product, bias]);
}

/** What a sequence is to each head: `[N, heads, steps, size]`, or with the last two axes swapped. */
function heads(call: LayerCall, part: Part, { name, shape }: Value, swaps = false): { name: string; size: number } {
  const { builder, layer } = call;
  const [steps, width] = shape as [number, number];
  const [rows, count, size] = weightOf(call, part, 'kernel').dims as [number, number, number];
  if (rows !== width) throw refuse(call, `has a kernel for ${rows} numbers, and its ${part} has [${shape.join(', ')}]`);
  const projected = project(call, part, name, rows);
  const dims = builder.integers(`${layer.name}/${part}/shape`, [-1, steps, count, size]);
  const split = builder.node('Reshape', `${layer.name}/${part}/split`, [projected, dims]);
  const perm = ints(swaps ? [0, 2, 3, 1] : [0, 2, 1, 3]);
  return { name: builder.node('Transpose', `${layer.name}/${part}/heads`, [split], { perm }), size };
}

/** The masks of what enters, and one that was given, as they broadcast to `[N, heads, queries, steps]`. */
function masksOf(call: LayerCall, query: Value, key: Value, value: Value, given: Value | undefined): string[] {
  const { builder, layer } = call;
  const counts = ({ mask }: Value, part: string, axes: readonly number[]) =>
    mask && mask.lostIn === undefined
      ? [
          builder.node('Unsqueeze', `${layer.name}/${part}/counts`, [
            mask.name,
            builder.integers(`${layer.name}/${part}/counts/axes`, axes),
          ]),
        ]
      : [];
  const own: string[] = [];
  if (given) {
    if (given.shape.length !== 2) throw refuse(call, `takes a mask [queries, steps], got [${given.shape.join(', ')}]`);
    const axis = builder.integers(`${layer.name}/given/axis`, [1]);
    const wide = builder.node('Unsqueeze', `${layer.name}/given/wide`, [plain(builder, given).name, axis]);
    const zero = builder.floats(`${layer.name}/given/zero`, [], Float32Array.of(0));
    own.push(
      builder.node('Not', `${layer.name}/given`, [builder.node('Equal', `${layer.name}/given/no`, [wide, zero])]),
    );
  }
  return [
    ...counts(query, 'query', [1, 3]),
    ...counts(value, 'value', [1, 2]),
    ...(key === value ? [] : counts(key, 'key', [1, 2])),
    ...own,
  ];
}

/** `MultiHeadAttention` over sequences `[steps, numbers]`. */
export const multiHeadAttention: Handler = (call) => {
  const { builder, layer, inputs } = call;
  const { name, config } = layer;
  requireArguments(call, ['query', 'value', 'key', 'use_causal_mask', 'return_attention_scores', 'attention_mask']);
  requireConfig(call, 'use_gate', [false]);
  requireConfig(call, 'attention_axes', [[1]]);
  if ((config.sliding_window ?? null) !== null) throw refuse(call, 'has a sliding_window, which is not written');
  const entered = [argument(call, 0, 'query'), argument(call, 1, 'value'), argument(call, 2, 'key')];
  const [query, value, other] = entered.map((each, i) => outputAt(call, each) ?? (call.given ? undefined : inputs[i]));
  if (!query || !value) throw refuse(call, `takes a query and a value, got ${inputs.length} outputs of layers`);
  const key = other ?? value;
  for (const each of [query, value, key]) {
    if (each.shape.length !== 2) throw refuse(call, `takes sequences [steps, numbers], got [${each.shape.join(', ')}]`);
  }
  const masks = masksOf(call, query, key, value, outputAt(call, call.given?.kwargs.attention_mask));
  const straight = new Map([...new Set([query, value, key])].map((each) => [each, plain(builder, each)]));
  const [q, k, v] = [
    heads(call, 'query', straight.get(query)!),
    heads(call, 'key', straight.get(key)!, true),
    heads(call, 'value', straight.get(value)!),
  ];
  const scale = builder.floats(`${name}/scale`, [], Float32Array.of(1 / Math.sqrt(q.size)));
  const scaled = builder.node('Mul', `${name}/scaled`, [q.name, scale]);
  const scores = builder.node('MatMul', `${name}/scores`, [scaled, k.name]);
  const [queries, steps] = [query.shape[0]!, key.shape[0]!];
  const isCausal = call.given?.kwargs.use_causal_mask === true;
  const weights = maskedSoftmax(call, scores, { masks, queries, steps, isCausal });
  const seen = builder.node('MatMul', `${name}/seen`, [weights, v.name]);
  const back = builder.node('Transpose', `${name}/back`, [seen], { perm: ints([0, 2, 1, 3]) });
  const kernel = weightOf(call, 'output', 'kernel').dims;
  const [count, size, width] = kernel as [number, number, number];
  if (kernel.length !== 3 || size !== v.size)
    throw refuse(call, `has an output kernel of [${kernel.join(', ')}], which is not written`);
  const joined = builder.node('Reshape', `${name}/joined`, [
    back,
    builder.integers(`${name}/joined/shape`, [-1, queries, count * size]),
  ]);
  const output: Value = {
    name: project(call, 'output', joined, count * size),
    shape: [queries, width],
    order: 'plain',
  };
  if (call.given?.kwargs.return_attention_scores !== true) return output;
  return [output, { name: weights, shape: [count, queries, steps], order: 'plain' }];
};
