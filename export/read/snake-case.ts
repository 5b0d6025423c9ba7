import { OnwardError } from '../../runtime/common/index.js';

/** `channelsLast` as `channels_last`. */
export const snake = (word: string) => word.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** No topology is nested deeper; a hostile one must not end in a stack overflow. */
const deepest = 100;

/**
 * Config keys in snake_case, whichever side wrote the topology: TensorFlow.js in memory uses camelCase, files and Keras
 * snake_case. Values stay as they are.
 * @throws OnwardError kind `input` when it is nested more than 100 levels deep
 */
export function snakeKeys(value: unknown, depth = 0): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (depth > deepest) throw new OnwardError('input', `the topology is nested deeper than ${deepest} levels`);
  if (Array.isArray(value)) return value.map((inner) => snakeKeys(inner, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snake(key), snakeKeys(inner, depth + 1)]));
}
