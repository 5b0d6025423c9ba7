/** What a training shows of itself: curves, a table, files for TensorBoard. */
export { type Extremes, extremes, formatExtremes } from './extremes.js';
export { beginEventFiles, type EventFiles } from './tensorboard/event-files.js';
export { writeReport } from './write-report.js';
