import { type FSWatcher, watch } from 'node:fs';

export interface Watching {
  /** From now on these folders. */
  folders(paths: readonly string[]): void;
  /** Looks again after so many milliseconds. */
  soon(milliseconds: number): void;
  close(): void;
}

/**
 * Calls when something in the folders may have changed: as the system tells it, where it does, and at least every `interval`
 * milliseconds, as network file systems tell nothing. It may call for nothing.
 */
export function watchFolders(changed: () => void, interval: number): Watching {
  const watchers = new Map<string, FSWatcher>();
  let early: NodeJS.Timeout | undefined;
  const poll = setInterval(changed, interval);
  poll.unref();

  function soon(milliseconds: number): void {
    if (early) return;
    early = setTimeout(() => {
      early = undefined;
      changed();
    }, milliseconds);
    early.unref();
  }

  function stop(path: string): void {
    watchers.get(path)?.close();
    watchers.delete(path);
  }

  return {
    soon,
    folders(paths) {
      for (const path of watchers.keys()) if (!paths.includes(path)) stop(path);
      for (const path of paths) {
        if (watchers.has(path)) continue;
        try {
          // Several events come for one file that is written.
          const watcher = watch(path, { persistent: false }, () => soon(50));
          watcher.on('error', () => stop(path));
          watchers.set(path, watcher);
        } catch {
          // Too many watches, or a file system without them: the interval remains.
        }
      }
    },
    close() {
      clearInterval(poll);
      clearTimeout(early);
      for (const path of [...watchers.keys()]) stop(path);
    },
  };
}
