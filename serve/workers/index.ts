/** Threads with a session each. */
export { type Crew, createCrew } from './crew.js';
export type { Batch, BatchInput, Opened, Part, TensorJob, Times, WorkerSetup } from './messages.js';
export { hanging, patientlyEnded } from './patiently-ended.js';
export { startThread, type Thread, WorkerEnded } from './thread.js';
