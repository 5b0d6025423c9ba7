/** How sure one can be of a share, and of a difference. */
export { mcnemar } from './mcnemar.js';
export { type Paired, pairedDifference } from './paired-difference.js';
export { wilson } from './wilson.js';
