import { z } from 'zod';

/** `?tta=` of `/classify`. */
export const ttaSchema = z.int().min(1).max(1_000_000).meta({ description: 'the mean over so many augmented draws' });

/** `?explain=` of `/classify`. */
export const explainSchema = z.enum(['cam', 'occlusion']).meta({ description: 'a heat map of what counts' });

/** `?top= of `/classify`. */
export const topSchema = z
  .int()
  .min(1)
  .max(999_999_999)
  .meta({ description: 'so many classes, the likeliest first, in place of `probabilities` and `labels`' });
