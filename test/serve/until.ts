/** Waits until something holds, looking every few milliseconds, at least once; fails after ten seconds, or as many as are given. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  milliseconds = 5,
  { seconds = 10 } = {},
): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (await holds()) return;
  }
  throw new Error(`it did not come to hold within ${seconds} seconds`);
}

/** As `until`, for what takes opening models: on a busy machine that may take long. */
export const eventually = (holds: () => boolean | Promise<boolean>): Promise<void> => until(holds, 30, { seconds: 40 });
