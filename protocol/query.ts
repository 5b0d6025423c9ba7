import { z } from 'zod';

/** `?top=` of `/classify`. */
export const topSchema = z
  .int()
  .min(1)
  .max(999_999_999)
  .meta({ description: 'so many classes, the likeliest first, in place of `probabilities` and `labels`' });
