export {
  type Engine,
  type EngineName,
  type EngineOptions,
  engineNames,
  type SelfTest,
  type Session,
} from './engine.js';
export { inBatches } from './in-batches.js';
export { type OpenOptions, openSession } from './open.js';
export { maxAbsDiff } from './self-test.js';
export { toleranceOf } from './tolerance.js';
