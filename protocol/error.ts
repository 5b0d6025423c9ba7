import { z } from 'zod';

/** Every answer that is no success. */
export interface ErrorBody {
  /** One sentence: what was expected, what came. */
  readonly error: string;
}

export const errorSchema: z.ZodType<ErrorBody> = z
  .object({ error: z.string().meta({ description: 'one sentence: what was expected, what came' }) })
  .meta({ description: 'every answer that is no success' });
