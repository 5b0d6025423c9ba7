import { int, ints } from '../../../runtime/model/index.js';
import { plain } from '../../layout.js';
import type { Value } from '../../value.js';
import { type Handler, type LayerCall, refuse, requireConfig } from '../handler.js';
import { maskedSoftmax, requireArguments } from './masked-softmax.js';

/** The scores `[N, queries, steps]` of queries `[queries, numbers]` and keys `[steps, numbers]`. */
type Score = (call: LayerCall, query: Value, key: Value) => string;

/** The product of both, times a weight where the layer has one. */
const product: Score = (call, query, key) => {
  const { builder, layer } = call;
  const { name, config, weights } = layer;
  requireConfig(call, 'score_mode', ['dot']);
  const turned = builder.node('Transpose', `${name}/keys`, [key.name], { perm: ints([0, 2, 1]) });
  const scores = builder.node('MatMul', `${name}/scores`, [query.name, turned]);
  if (config.use_scale !== true) return scores;
  const scale = weights.get('scale');
  if (!scale) throw refuse(call, 'has use_scale and no weight "scale"; save the model again');
  return builder.node('Mul', `${name}/scaled`, [scores, builder.floats(`${name}/scale`, [], scale.values)]);
};

/** sum(scale tanh(query + key)) */
const additive: Score = (call, query, key) => {
  const { builder, layer } = call;
  const { name, config, weights } = layer;
  const wide = ({ name: value }: Value, part: string, axis: number) =>
    builder.node('Unsqueeze', `${name}/${part}`, [value, builder.integers(`${name}/${part}/axis`, [axis])]);
  const sum = builder.node('Add', `${name}/sum`, [wide(query, 'query', 2), wide(key, 'key', 1)]);
  let active = builder.node('Tanh', `${name}/tanh`, [sum]);
  if (config.use_scale !== false) {
    const scale = weights.get('scale');
    if (!scale) throw refuse(call, 'has use_scale and no weight "scale"; save the model again');
    active = builder.node('Mul', `${name}/scaled`, [active, builder.floats(`${name}/scale`, scale.dims, scale.values)]);
  }
  return builder.node('ReduceSum', `${name}/scores`, [active, builder.integers(`${name}/numbers`, [3])], {
    keepdims: int(0),
  });
};

const attend =
  (score: Score): Handler =>
  (call) => {
    const { builder, layer, inputs } = call;
    const { name } = layer;
    requireArguments(call, ['use_causal_mask', 'return_attention_scores', 'inputs']);
    const [query, value, other] = inputs;
    const shapes = inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ') || 'none';
    if (!query || !value || inputs.some(({ shape }) => shape.length !== 2)) {
      throw refuse(call, `takes a query, a value and perhaps a key, sequences [steps, numbers], got ${shapes}`);
    }
    const [q, v, k] = [query, value, other ?? value].map((each) => plain(builder, each)) as [Value, Value, Value];
    const counts = ({ mask }: Value, part: string, axis: number) =>
      mask && mask.lostIn === undefined
        ? [
            builder.node('Unsqueeze', `${name}/${part}/counts`, [
              mask.name,
              builder.integers(`${name}/${part}/counts/axis`, [axis]),
            ]),
          ]
        : [];
    const [queries, steps] = [q.shape[0]!, k.shape[0]!];
    const isCausal = call.given?.kwargs.use_causal_mask === true;
    const weights = maskedSoftmax(call, score(call, q, k), {
      masks: counts(value, 'value', 1),
      queries,
      steps,
      isCausal,
    });
    const [asked] = counts(query, 'query', 2);
    const seen = builder.node('MatMul', asked ? `${name}/seen` : name, [weights, v.name]);
    const zero = () => builder.floats(`${name}/zero`, [], Float32Array.of(0));
    const shown = asked ? builder.node('Where', name, [asked, seen, zero()]) : seen;
    const output: Value = { name: shown, shape: [queries, v.shape[1]!], order: 'plain' };
    if (call.given?.kwargs.return_attention_scores !== true) return output;
    return [output, { name: weights, shape: [queries, steps], order: 'plain' }];
  };

/** `Attention`: the values, weighted by how well their keys fit the query. */
export const attention: Handler = attend(product);
/** `AdditiveAttention`, of Bahdanau. */
export const additiveAttention: Handler = attend(additive);
