/** Evaluations side by side. */
export { type ComparedPair, type ComparedRun, compareRuns, holm, type RunComparison } from './compare-runs.js';
export { type EvaluatedRun, readEvaluatedRun } from './read-run.js';
export { writeComparison } from './write-comparison.js';
