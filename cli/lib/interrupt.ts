const controller = new AbortController();
let heeded = false;

/**
 * From now on Ctrl-C (or SIGTERM) ends the process with exit code 130: at once, or, once the verb has asked for the signal,
 * when its work has stopped cleanly. The second one ends it at once in any case.
 */
export function endOnInterrupt(): void {
  const stop = () => {
    if (!heeded || controller.signal.aborted) {
      console.error('onward: stopped');
      process.exit(130);
    }
    controller.abort();
    if (process.stderr.isTTY) console.error('\nstopping; press Ctrl-C again to stop at once');
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Fires at the first Ctrl-C. A verb that asks for it must end soon after it fired. */
export function interruptSignal(): AbortSignal {
  heeded = true;
  return controller.signal;
}
