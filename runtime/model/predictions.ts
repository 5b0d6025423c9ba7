import { z } from 'zod';

/** How many images a class was the likeliest of, and how surely: what later predictions are compared with. */
export interface PredictionCounts {
  readonly images: number;
  /** One a label, in their order. */
  readonly classes: readonly number[];
  /** By the probability of the likeliest class: below 0.1, below 0.2, and so on to 1. */
  readonly confidence: readonly number[];
}

const counts = z.array(z.int().min(0));

export const predictionCountsSchema: z.ZodType<PredictionCounts> = z.object({
  images: z.int().min(1),
  classes: counts,
  confidence: counts.length(10),
});

export const confidenceBins = 10;

/** Which of the ten a probability is in. */
export const confidenceBin = (probability: number): number =>
  Math.max(0, Math.min(confidenceBins - 1, Math.floor(probability * confidenceBins)));

/** @param probabilities float32 `[images, classes]` */
export function countPredictions(probabilities: Float32Array, classes: number): PredictionCounts {
  const [byClass, byConfidence] = [new Array<number>(classes).fill(0), new Array<number>(confidenceBins).fill(0)];
  const images = probabilities.length / classes;
  for (let image = 0; image < images; image++) {
    const row = probabilities.subarray(image * classes, (image + 1) * classes);
    const best = row.reduce((top, p, c) => (p > row[top]! ? c : top), 0);
    byClass[best]!++;
    byConfidence[confidenceBin(row[best]!)]!++;
  }
  return { images, classes: byClass, confidence: byConfidence };
}
