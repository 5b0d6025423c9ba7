export type { Rgba } from './rgba.js';
export type { ImageSpec } from './spec.js';
