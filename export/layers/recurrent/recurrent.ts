import type { Value } from '../../value.js';
import { type Handler, refuse } from '../handler.js';
import { loseMask } from '../masks.js';
import { requireRecurrent, withoutMasked } from './recurrence.js';
import { recurrences } from './recurrences.js';
import { reversed } from './reversed.js';

/**
 * `SimpleRNN`, `GRU`, `LSTM`, `ConvLSTM2D` and `RNN` of any of their cells: the last output or all of them, and with
 * `return_state` the states in the end. What they take after the sequence are initial states.
 */
export const recurrent: Handler = (call) => {
  const { layer, builder } = call;
  const { config, name } = layer;
  const [sequence, ...initial] = call.inputs;
  if (!sequence) throw refuse(call, 'takes a sequence, got nothing');
  requireRecurrent(call, layer);
  const backwards = config.go_backwards === true;
  const run = { ...call, recurrent: layer, name, sequence, initial, backwards };
  const { outputs, states } = withoutMasked(run, recurrences.get(layer.className)!(run));
  let output: Value;
  if (config.return_sequences === true) {
    const all = backwards ? reversed(builder, outputs, name) : outputs;
    output = sequence.mask ? { ...all, mask: sequence.mask } : all;
  } else {
    output = loseMask(states[0]!, sequence.mask, layer);
  }
  return config.return_state === true ? [output, ...states] : output;
};
