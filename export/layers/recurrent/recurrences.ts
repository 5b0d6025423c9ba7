import { runCells } from './cells-recurrence.js';
import { runConvLstm } from './conv-lstm.js';
import type { Recurrence, RecurrenceCall } from './recurrence.js';

/** The recurrent layers: what each computes. */
export const recurrences: ReadonlyMap<string, (call: RecurrenceCall) => Recurrence> = new Map([
  ['ConvLSTM2D', runConvLstm],
  ['GRU', runCells],
  ['LSTM', runCells],
  ['RNN', runCells],
  ['SimpleRNN', runCells],
]);
