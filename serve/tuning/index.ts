/** How many workers, threads and images at once: measured on this machine with this model. */
export { batchSizes, type Candidate, candidatesFor } from './candidates.js';
export { choose, type Measurement } from './choose.js';
export { tune } from './tune.js';
export { readTuned, type TunedFor, tunedFile, writeTuned } from './tuned-file.js';
export { whenIdle } from './when-idle.js';
