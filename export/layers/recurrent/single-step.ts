import { plain } from '../../layout.js';
import { type Handler, refuse } from '../handler.js';
import { loseMask } from '../masks.js';
import { runCells } from './cells-recurrence.js';
import { runConvLstm } from './conv-lstm.js';

/**
 * A cell as a layer by itself (`LSTMCell`, `StackedRNNCells`, ...): one step. It takes its input and its states (none are
 * zeros), and gives its output and its new states.
 */
export const singleStep: Handler = (call) => {
  const { builder, layer } = call;
  const { name, className } = layer;
  const [input, ...initial] = call.inputs;
  if (!input) throw refuse(call, 'takes an input and its states, got nothing');
  const { mask, ...step } = plain(builder, input);
  const axis = builder.integers(`${name}/time`, [1]);
  const sequence = {
    name: builder.node('Unsqueeze', `${name}/sequence`, [step.name, axis]),
    shape: [1, ...step.shape],
    order: 'plain' as const,
  };
  const run = className === 'ConvLSTM2DCell' ? runConvLstm : runCells;
  const { states } = run({ ...call, recurrent: layer, name, sequence, initial, backwards: false });
  return [states[0]!, ...states].map((state) => loseMask(state, mask, layer));
};
