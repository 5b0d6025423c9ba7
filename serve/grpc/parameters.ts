import type { Message } from './codec.js';

/** Parameters as JSON has them; one without a value is null, which is refused where it matters. */
export function parametersOf(parameters: ReadonlyMap<string, Message>): { [name: string]: unknown } {
  return Object.fromEntries(
    Array.from(parameters, ([name, choice]) => {
      const value = Object.values(choice)[0] ?? null;
      // What a file or a number that JSON does not have would be is never used: that it came is what is refused.
      return [name, value instanceof Uint8Array ? 'bytes' : value];
    }),
  );
}
