/** A signal that fires at the first Ctrl-C (or SIGTERM), so that work can stop cleanly; the second one ends the process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    if (process.stderr.isTTY) console.error('\nstopping; press Ctrl-C again to stop at once');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
