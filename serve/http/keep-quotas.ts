import { writeWhole } from '../../machine/index.js';
import { messageOf } from '../../runtime/common/index.js';
import type { Log } from './log.js';
import { type Quotas, readQuotas } from './quota.js';

export interface KeptQuotas {
  readonly quotas: Quotas;
  /** Writes what is new, and no more. */
  close(): Promise<void>;
}

/** Milliseconds between two looks: what a crash forgets. */
const every = 5000;

/**
 * What keys have used, kept in a file over restarts.
 * @throws OnwardError for a file of something else
 */
export async function keepQuotas(path: string, log: Log): Promise<KeptQuotas> {
  const quotas = await readQuotas(path);
  let writing = Promise.resolve();
  /** What could not be written. */
  let unkept: string | undefined;
  const write = () => {
    const text = quotas.changes() ?? unkept;
    if (text === undefined) return;
    const done = () => {
      unkept = undefined;
    };
    // A full disk must not end the server, nor fill its log; the next look writes all of it again.
    const failed = (error: unknown) => {
      const said = unkept !== undefined;
      unkept = text;
      if (said) return;
      log('warn', { message: `${path}: what keys have used cannot be kept: ${messageOf(error)}` });
    };
    writing = writing.then(() => writeWhole(path, text)).then(done, failed);
  };
  const clock = setInterval(write, every);
  clock.unref();
  return {
    quotas,
    close() {
      clearInterval(clock);
      write();
      return writing;
    },
  };
}
