/** Runs what it is given one after another, in the order of the calls; one that fails does not stop the next. */
export type Serial = <T>(task: () => T | Promise<T>) => Promise<T>;

export function serial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => {});
    return result;
  };
}
