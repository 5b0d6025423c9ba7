import type { Handler } from '../handler.js';
import { bidirectional } from './bidirectional.js';
import { recurrences } from './recurrences.js';
import { recurrent } from './recurrent.js';
import { singleStep } from './single-step.js';
import { timeDistributed } from './time-distributed.js';

const cells = ['ConvLSTM2DCell', 'GRUCell', 'LSTMCell', 'SimpleRNNCell', 'StackedRNNCells'];

/** The recurrent layers, their cells, and the wrappers. */
export const recurrentHandlers: ReadonlyMap<string, Handler> = new Map([
  ...[...recurrences.keys()].map((name): [string, Handler] => [name, recurrent]),
  ...cells.map((name): [string, Handler] => [name, singleStep]),
  ['Bidirectional', bidirectional],
  ['TimeDistributed', timeDistributed],
]);
