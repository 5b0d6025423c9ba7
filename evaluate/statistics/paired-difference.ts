import { z95 } from './wilson.js';

/** How two classifiers do on the same images. */
export interface Paired {
  readonly images: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Accuracy of the second less that of the first, -1..1. */
  readonly gain: number;
  /** The interval of 95 % of that. */
  readonly low: number;
  readonly high: number;
}

/**
 * The difference of two shares on the same images, with the interval of Agresti and Min, "Simple improved confidence intervals
 * for comparing matched proportions", Statistics in Medicine 24 (2005): Wald's, with half an image more in each of the four
 * cells.
 */
export function pairedDifference(onlyFirst: number, onlySecond: number, images: number): Paired {
  const [b, c, n] = [onlyFirst + 0.5, onlySecond + 0.5, images + 2];
  const middle = (c - b) / n;
  const half = (z95 * Math.sqrt(Math.max(0, b + c - (c - b) ** 2 / n))) / n;
  const gain = (onlySecond - onlyFirst) / images;
  return { images, onlyFirst, onlySecond, gain, low: Math.max(-1, middle - half), high: Math.min(1, middle + half) };
}
