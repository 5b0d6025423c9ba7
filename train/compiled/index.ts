export { type CompiledSteps, compiledSteps, type Steps } from './compiled-steps.js';
export { NotRecordable } from './recorder.js';
