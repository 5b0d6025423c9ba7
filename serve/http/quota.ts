import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, OnwardError } from '../../runtime/common/index.js';

const windows = ['hour', 'day', 'month'] as const;

/** So many in each hour, day or month of UTC. */
export interface Quota {
  readonly count: number;
  readonly per: (typeof windows)[number];
}

const pattern = /^([1-9]\d{0,14})\/(hour|day|month)$/;

/** @throws OnwardError kind `input` */
export function parseQuota(text: string, where: string): Quota {
  const [, count, per] = pattern.exec(text) ?? [];
  if (count === undefined) {
    throw new OnwardError(
      'input',
      `${where}: expected a quota, for example 1000/hour, 10000/day or 100000/month, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  return { count: Number(count), per: per as Quota['per'] };
}

/** Which hour, day or month it is: `2026-11-23T17`, `2026-11-23`, `2026-11`. */
const windowOf = (per: Quota['per'], time: number) =>
  new Date(time).toISOString().slice(0, { hour: 13, day: 10, month: 7 }[per]);

/** When the next one begins. */
function nextWindow(per: Quota['per'], time: number): number {
  const at = new Date(time);
  const [year, month, day, hour] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()];
  if (per === 'month') return Date.UTC(year, month + 1);
  return per === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month, day, hour + 1);
}

/** What each key has used. */
export interface Quotas {
  /**
   * Counts one.
   * @returns 0, or the milliseconds until the next window, where all are used
   */
  take(key: string, quota: Quota): number;
  /**
   * Counts so many more for what is to be done, where so many are left.
   * @returns as `take`
   */
  spend(key: string, quota: Quota, more: number): number;
  /** Counts more for what turned out to be worth more, fewer (below 0) for what was not done. */
  charge(key: string, more: number): void;
  /** Changed since it was last asked: what to keep, as text. */
  changes(): string | undefined;
}

const kept = z.record(z.string(), z.object({ window: z.string(), used: z.number() }));

/** @param before what `changes` gave at another time */
export function createQuotas(before: string | undefined = undefined, now: () => number = Date.now): Quotas {
  const used = new Map(Object.entries(before === undefined ? {} : kept.parse(JSON.parse(before))));
  let changed = false;
  function spend(key: string, { count, per }: Quota, more: number): number {
    const time = now();
    const window = windowOf(per, time);
    const one = used.get(key);
    const current = one?.window === window ? one : { window, used: 0 };
    if (current.used + more > count) return Math.max(1, nextWindow(per, time) - time);
    current.used += more;
    used.set(key, current);
    changed = true;
    return 0;
  }
  return {
    spend,
    take: (key, quota) => spend(key, quota, 1),
    charge(key, more) {
      const one = used.get(key);
      if (!one) return;
      // It may have been counted in the window before this one.
      one.used = Math.max(0, one.used + more);
      changed = true;
    },
    changes() {
      if (!changed) return undefined;
      changed = false;
      return `${JSON.stringify(Object.fromEntries(used))}\n`;
    },
  };
}

/**
 * What was kept in a file; a new one where there is none.
 * @throws OnwardError kind `input` for a file of something else
 */
export async function readQuotas(path: string): Promise<Quotas> {
  let text: string | undefined;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return createQuotas();
    throw new OnwardError(
      'input',
      `${path}: expected what keys have used, but it cannot be read (${messageOf(cause)})`,
      {
        cause,
      },
    );
  }
  try {
    return createQuotas(text);
  } catch (cause) {
    throw new OnwardError(
      'input',
      `${path}: expected what keys have used, as this server writes it, got something else; remove it to begin anew`,
      { cause },
    );
  }
}
