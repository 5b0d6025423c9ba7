import type { Handler } from '../handler.js';
import { bidirectional } from './bidirectional.js';
import { recurrences } from './recurrences.js';
import { recurrent } from './recurrent.js';
import { timeDistributed } from './time-distributed.js';

/** The recurrent layers and the wrappers. */
export const recurrentHandlers: ReadonlyMap<string, Handler> = new Map([
  ...[...recurrences.keys()].map((name): [string, Handler] => [name, recurrent]),
  ['Bidirectional', bidirectional],
  ['TimeDistributed', timeDistributed],
]);
