/** What was to end a while ago, and has not. While a thread is in native code, the process cannot end by itself either. */
export const hanging = new Set<unknown>();

/**
 * Waits for an end, for a while.
 * @param what is among `hanging` from then until it has ended
 */
export async function patientlyEnded(what: unknown, ended: Promise<unknown>, milliseconds = 5000): Promise<void> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    clock = setTimeout(() => {
      hanging.add(what);
      void ended.catch(() => {}).then(() => hanging.delete(what));
      resolve();
    }, milliseconds);
  });
  await Promise.race([late, ended]).finally(() => clearTimeout(clock));
}
