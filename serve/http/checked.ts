import type { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';

/**
 * A value as its schema says.
 * @param what for the message: `the body`
 * @throws OnwardError kind `input` that names the first thing that is wrong, and where
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const where = issue.path.length > 0 ? `"${issue.path.join('.')}" of ${what}` : what;
  if (issue.code === 'unrecognized_keys') {
    const key = JSON.stringify(issue.keys[0]!.slice(0, 60));
    throw new OnwardError('input', `expected nothing else in ${where} than what is described, got ${key}; see /docs`);
  }
  const said = issue.message
    .replace(/^Invalid input: /, '')
    .replace('received undefined', 'got nothing')
    .replace('received', 'got');
  throw new OnwardError('input', `${where} is wrong: ${said}`);
}
