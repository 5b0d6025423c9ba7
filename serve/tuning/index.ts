/** How many workers, threads and images at once: measured on this machine with this model. */
export { batchSizes, type Candidate, candidatesFor } from './candidates.js';
export { choose } from './choose.js';
export { tune } from './tune.js';
export { readTuned, type TunedFor, tunedFile, writeTuned } from './tuned-file.js';
export type { Measurement } from './useful.js';
export { whenIdle } from './when-idle.js';
