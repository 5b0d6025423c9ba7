import { HTTPException } from 'hono/http-exception';
import type { Servable, ServedModel } from '../models/index.js';
import type { Found } from './found.js';
import { type Held, hold } from './held.js';
import { inTurn } from './in-turn.js';
import type { Memory, Tenant } from './memory.js';
import { NotServed } from './not-served.js';
import type { IndexEntry } from './repository.js';

export interface VersionOptions {
  /** Opens the threads of a model; its golden samples are predicted first. */
  open(servable: Servable): Promise<ServedModel>;
  /** Whether requests come already, which reading a file must not hold up. */
  aside(): boolean;
  readonly memory: Memory;
  /** Bytes that it will take, about. */
  estimate(fileBytes: number, workers?: number): number;
  /** Whether it stays open though nobody uses it. */
  pinned(): boolean;
  /** Requests that may wait for it to be opened, and milliseconds that each does. */
  readonly mostWaiting: number;
  readonly patience: number;
  /** It may take requests before it was ever opened: it was there when the server started. */
  readonly trusted: boolean;
  /** What became of a file: it answers now, or it does not and why. */
  onLoad(result: 'loaded' | 'refused', reason: string): void;
  /** Something that was open is closed. */
  onClose(): void;
}

/** One version of a model: the file on the disk, and what answers for it, which may be an earlier state of the file. */
export interface Version {
  readonly name: string;
  readonly version: string;
  /** The file as it was last seen. */
  readonly found: Found;
  /** What answers, where it is open. */
  readonly model: ServedModel | undefined;
  /** Whether requests that name no version may come here. */
  readonly able: boolean;
  /** Whether the file is another one than what is open or was tried. */
  readonly stale: boolean;
  readonly unloaded: boolean;
  /** Why the file as it is now is not served. */
  readonly error: Error | undefined;
  readonly entry: IndexEntry;
  /** Takes note of another file, which `load` opens. */
  change(found: Found): void;
  /** It may be loaded again after it was unloaded. */
  allow(): void;
  /**
   * Opens the file beside what answers, and puts it in its place.
   * @param again also where it is open already
   * @throws whatever is wrong with the file; what answered before goes on
   */
  load(again?: boolean): Promise<void>;
  /** @throws HTTPException 503 where it is not there to answer */
  use<T>(work: (model: ServedModel) => Promise<T>): Promise<T>;
  /** Answers what it has, takes nothing more, until it is loaded. */
  unload(): Promise<void>;
  /** For good. */
  close(): Promise<void>;
}

export function createVersion(first: Found, options: VersionOptions): Version {
  const { name, version } = first;
  const { open, memory, estimate, pinned, onLoad, onClose, mostWaiting, patience } = options;
  const turn = inTurn();
  const leaving = new Set<Promise<void>>();
  let found = first;
  /** The fingerprint of the file that was last opened or refused. */
  let tried: string | undefined;
  let { trusted } = options;
  let held: Held | undefined;
  let loading = 0;
  let error: Error | undefined;
  let unloaded = false;
  let closed = false;
  let lastUsed = 0;
  /** Requests that wait for it to be open: until they have it, it must not be closed for others. */
  let coming = 0;

  function leave(old: Held | undefined): Promise<void> {
    if (!old) return Promise.resolve();
    const work = old.retire().finally(() => leaving.delete(work));
    leaving.add(work);
    return work;
  }

  async function openNow(again: boolean): Promise<void> {
    const file = found;
    const servable = await file.read(options.aside());
    const { digest } = servable.classifier ?? {};
    // Written again as it was, or touched.
    if (!again && held && digest !== undefined && held.model.classifier?.digest === digest) return;
    const giveBack = await memory.room({
      what: `${name}/${version}`,
      bytes: estimate(servable.bytes.length),
      beside: held !== undefined,
    });
    let next: Held;
    try {
      const model = await open(servable);
      next = hold(model, memory.wake);
      const tenant: Tenant = {
        bytes: () => estimate(servable.bytes.length, model.running.workers),
        lastUsed: () => lastUsed,
        idle: () => held === next && next.users === 0 && coming === 0 && !pinned(),
        async evict() {
          held = undefined;
          await leave(next);
        },
      };
      memory.add(tenant);
      void next.ended.then(() => {
        memory.remove(tenant);
        onClose();
      });
    } finally {
      giveBack();
    }
    if (closed || unloaded) return next.retire();
    const old = held;
    held = next;
    lastUsed = performance.now();
    trusted = true;
    void leave(old);
    onLoad('loaded', '');
  }

  function load(again = false): Promise<void> {
    loading++;
    return turn(async () => {
      const { fingerprint } = found;
      if (closed || (!again && held && tried === fingerprint)) return;
      if (again) unloaded = false;
      else if (error && tried === fingerprint) throw error;
      try {
        await openNow(again);
        [tried, error] = [fingerprint, undefined];
      } catch (thrown) {
        // That the server is busy says nothing of the file.
        if (!(thrown instanceof HTTPException)) {
          [tried, error] = [fingerprint, thrown as Error];
          if (!held) trusted = false;
          onLoad('refused', error.message);
        }
        throw thrown;
      }
    }).finally(() => loading--);
  }

  let opening: Promise<void> | undefined;
  /** For all who wait at once: where each tried on its own, the last would wait as often as the others have failed. */
  function opened(): Promise<void> {
    opening ??= load().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  function use<T>(work: (model: ServedModel) => Promise<T>): Promise<T> {
    if (!held) return useOnceOpen(work);
    lastUsed = performance.now();
    return held.use(work);
  }

  async function useOnceOpen<T>(work: (model: ServedModel) => Promise<T>): Promise<T> {
    if (coming >= mostWaiting) {
      throw new HTTPException(503, {
        message: `the server is busy: ${coming} requests wait for the model ${name} to be opened; try again`,
      });
    }
    let result: Promise<T>;
    coming++;
    let clock: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `the model ${name} is being opened, which takes longer than ${patience / 1000} s; try again`;
      clock = setTimeout(() => reject(new HTTPException(503, { message })), patience);
    });
    try {
      while (!held) {
        if (closed || unloaded) {
          throw new HTTPException(503, { message: `the model ${name} is not loaded; load it first` });
        }
        await Promise.race([late, opened()]).catch((error) => {
          throw error instanceof HTTPException ? error : new NotServed(name, version);
        });
      }
      lastUsed = performance.now();
      result = held.use(work);
    } finally {
      coming--;
      clearTimeout(clock);
    }
    return result;
  }

  return {
    name,
    version,
    use,
    load,
    get found() {
      return found;
    },
    get model() {
      return held?.model;
    },
    get able() {
      return held !== undefined || (trusted && !closed && !unloaded && !error);
    },
    get stale() {
      return tried !== undefined && tried !== found.fingerprint;
    },
    get unloaded() {
      return unloaded;
    },
    get error() {
      return error;
    },
    allow() {
      unloaded = false;
    },
    get entry(): IndexEntry {
      const at = { name, version };
      if (held) {
        if (!held.model.ready) return { ...at, state: 'UNAVAILABLE', reason: 'no worker is there that does not hang' };
        return {
          ...at,
          state: 'READY',
          reason: error ? `the file has changed and is not served: ${error.message}` : '',
        };
      }
      if (loading > 0) return { ...at, state: 'LOADING', reason: '' };
      if (unloaded || closed)
        return { ...at, state: leaving.size > 0 ? 'UNLOADING' : 'UNAVAILABLE', reason: 'unloaded' };
      if (error) return { ...at, state: 'UNAVAILABLE', reason: error.message };
      if (!trusted) return { ...at, state: 'LOADING', reason: 'it waits to be opened' };
      return { ...at, state: 'READY', reason: 'opened at the next request' };
    },
    change(next) {
      found = next;
    },
    async unload() {
      unloaded = true;
      const old = held;
      held = undefined;
      await leave(old);
    },
    async close() {
      closed = true;
      await turn(async () => {});
      const old = held;
      held = undefined;
      await leave(old);
      await Promise.all(leaving);
    },
  };
}
