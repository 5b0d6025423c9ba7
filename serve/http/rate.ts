import { OnwardError } from '../../runtime/common/index.js';

/** So many in so many milliseconds. */
export interface Rate {
  readonly count: number;
  readonly per: number;
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `100/s`, `20/m`, `1000/h` */
export const ratePattern = /^([1-9]\d{0,8})\/(s|m|h)$/;

/**
 * @param where for the message
 * @throws OnwardError kind `usage`
 */
export function parseRate(text: string, where: string): Rate {
  const [, count, unit] = ratePattern.exec(text.trim()) ?? [];
  if (count === undefined) {
    throw new OnwardError(
      'usage',
      `${where}: expected a rate, for example 100/s, 20/m or 1000/h, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return { count: Number(count), per: units[unit!]! };
}
