/**
 * Resolves once nothing was asked for so long.
 * @param asked how often something was asked until now
 * @returns false when the signal came first
 */
export async function whenIdle(asked: () => number, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  for (let before = asked(); !signal.aborted; ) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      // A server that nobody closes must not be kept alive by this alone.
      timer.unref();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const now = asked();
    if (now === before && !signal.aborted) return true;
    before = now;
  }
  return false;
}
