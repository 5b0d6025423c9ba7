export type { Dataset, Split } from './dataset.js';
