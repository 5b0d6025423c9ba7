/** Waits until something holds, looking every few milliseconds, at least once; fails after ten seconds. */
export async function until(holds: () => boolean | Promise<boolean>, milliseconds = 5): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (await holds()) return;
  }
  throw new Error('it did not come to hold within ten seconds');
}
