import type { Context } from 'hono';
import type { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';

/**
 * A whole number of the query, as its schema says.
 * @param expected for the message: `a whole number from 1 up`
 * @throws OnwardError kind `usage`
 */
export function wholeInQuery(
  c: Context,
  name: string,
  schema: z.ZodType<number>,
  expected: string,
): number | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  const result = schema.safeParse(/^\d{1,15}$/.test(text) ? Number(text) : text);
  if (result.success) return result.data;
  throw new OnwardError('usage', `expected ?${name}= to be ${expected}, got ${JSON.stringify(text.slice(0, 40))}`);
}
