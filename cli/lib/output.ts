let needed = true;

/**
 * What to do where stdout cannot be written: whoever reads it may stop early (`| head`), which is no error and ends the
 * process; a full disk is one, unless `goOnUnread` was called.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!needed) return;
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  // Nowhere is left to say it.
  process.stderr.on('error', () => {});
}

/** From now on what is printed is a log: what cannot be written of it is lost, and the process goes on. */
export function goOnUnread(): void {
  needed = false;
}
