import { type Handler, onlyInput } from './handler.js';

/** Dropout and noise do nothing but in training: no node. */
export const identity: Handler = (call) => onlyInput(call);
