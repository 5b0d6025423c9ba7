import { int } from '../../../runtime/model/index.js';
import type { GraphBuilder } from '../../builder.js';
import { plain } from '../../layout.js';
import type { Layer } from '../../read/layers-model.js';
import type { Value } from '../../value.js';
import { type Handler, type LayerCall, refuse, requireConfig } from '../handler.js';
import { loseMask } from '../masks.js';
import { weightsUnder } from './cell.js';
import { type Recurrence, requireRecurrent, withoutMasked } from './recurrence.js';
import { recurrences } from './recurrences.js';
import { reversed } from './reversed.js';

type Merge = (builder: GraphBuilder, values: readonly [string, string], name: string) => string;

/** How the outputs of both directions become one. */
const merges: ReadonlyMap<unknown, Merge> = new Map<unknown, Merge>([
  ['concat', (builder, values, name) => builder.node('Concat', name, values, { axis: int(-1) })],
  ['sum', (builder, values, name) => builder.node('Add', name, values)],
  ['mul', (builder, values, name) => builder.node('Mul', name, values)],
  [
    'ave',
    (builder, values, name) => {
      const half = builder.floats(`${name}/half`, [], Float32Array.of(0.5));
      return builder.node('Mul', name, [builder.node('Add', `${name}/sum`, values), half]);
    },
  ],
]);

/** `bidirectional/forward_lstm/kernel`: the weights of one direction. */
function direction({ weights }: Layer, which: 'forward' | 'backward'): ReturnType<typeof weightsUnder> {
  const first = [...weights.keys()].find((name) => name.startsWith(`${which}_`));
  return weightsUnder(weights, first ? first.slice(0, first.indexOf('/') + 1) : `${which}_`);
}

function merged({ builder, layer }: LayerCall, mode: unknown, pair: readonly Value[]): Value[] {
  if (mode === null) return [...pair];
  const [forward, backward] = pair.map((value) => plain(builder, value)) as [Value, Value];
  const shape = mode === 'concat' ? [...forward.shape.slice(0, -1), 2 * forward.shape.at(-1)!] : forward.shape;
  const name = merges.get(mode)!(builder, [forward.name, backward.name], layer.name);
  return [{ name, shape, order: 'plain' }];
}

/** `Bidirectional`: a recurrent layer over a sequence in both directions, and what they give merged, step by step. */
export const bidirectional: Handler = (call) => {
  const { layer, builder } = call;
  const inner = layer.wrapped;
  const run = recurrences.get(inner?.className ?? '');
  if (!inner || !run) {
    throw refuse(call, `wraps a ${inner?.className ?? 'nothing'}, expected ${[...recurrences.keys()].join(', ')}`);
  }
  // Absent: concat. Null: two outputs.
  requireConfig(call, 'merge_mode', [...merges.keys()]);
  requireConfig(call, 'backward_layer', []);
  requireRecurrent(call, inner);
  const mode = layer.config.merge_mode === undefined ? 'concat' : layer.config.merge_mode;
  const [sequence, ...initial] = call.inputs;
  if (!sequence || initial.length % 2 > 0) {
    throw refuse(call, `takes a sequence and the initial states of both directions, got ${call.inputs.length} values`);
  }
  const half = initial.length / 2;
  const backwards = inner.config.go_backwards === true;
  const go = (which: 'forward' | 'backward'): Recurrence => {
    const one = {
      ...call,
      recurrent: { ...inner, weights: direction(layer, which) },
      name: `${layer.name}/${which}`,
      sequence,
      initial: which === 'forward' ? initial.slice(0, half) : initial.slice(half),
      backwards: which === 'forward' ? backwards : !backwards,
    };
    return withoutMasked(one, run(one));
  };
  const both = [go('forward'), go('backward')];
  let outputs: Value[];
  if (inner.config.return_sequences === true) {
    // TensorFlow.js turns what goes backwards back to the time of the other, so both are in the order of the first.
    const inOrder = both.map(({ outputs }, i) =>
      backwards ? reversed(builder, outputs, `${layer.name}/${i}`) : outputs,
    );
    const { mask } = sequence;
    outputs = merged(call, mode, inOrder).map((value) => (mask ? { ...value, mask } : value));
  } else {
    const last = both.map(({ states }) => states[0]!);
    outputs = merged(call, mode, last).map((value) => loseMask(value, sequence.mask, layer));
  }
  return inner.config.return_state === true ? [...outputs, ...both.flatMap(({ states }) => states)] : outputs;
};
