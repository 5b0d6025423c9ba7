/** Test-time augmentation and heat maps, as `onward eval` and `onward explain` make them. */
export { type Asking, createExtras, type Extras } from './extras.js';
export { type Averaged, type Heat, type HeatMethod, heatMethods } from './tasks.js';
