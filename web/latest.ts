/**
 * Runs one at a time; of what comes meanwhile only the newest is run afterwards. A line that is being drawn asks faster
 * than a slow engine answers.
 */
export function latest<T>(run: (value: T) => Promise<void>): (value: T) => void {
  let running = false;
  let next: { value: T } | undefined;
  const work = async () => {
    running = true;
    while (next) {
      const { value } = next;
      next = undefined;
      await run(value);
    }
    running = false;
  };
  return (value) => {
    next = { value };
    if (!running) void work();
  };
}
