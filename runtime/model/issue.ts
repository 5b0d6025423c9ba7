import type { z } from 'zod';

/** The first thing that is wrong with a value, and where in it: `labels.2: expected string, got nothing`. */
export function issueOf({ issues: [issue] }: z.ZodError): string {
  const what = issue!.message
    .replace(/^Invalid input: /, '')
    .replace('received undefined', 'got nothing')
    .replace('received', 'got');
  return [issue!.path.join('.'), what].filter(Boolean).join(': ');
}
