import { HTTPException } from 'hono/http-exception';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { Servable, ServedModel } from '../models/index.js';
import { byVersion, type Found, type Refused, type Scan } from './found.js';
import { inTurn } from './in-turn.js';
import { createMemory } from './memory.js';
import { NotServed } from './not-served.js';
import type { Asked, IndexEntry, Mirror, Repository } from './repository.js';
import { createRouter } from './router.js';
import { noSettings, parseSettings, type Settings, settingsFile, targetsOf } from './settings.js';
import { createVersion, type Version } from './version.js';
import { watchFolders } from './watch.js';

/** What happens to the models of a repository, for who counts. */
export interface RepositoryObserver {
  /** A file was opened, or refused. */
  loaded?(at: { name: string; version: string }, result: 'loaded' | 'refused'): void;
  /** Whether it is in memory. */
  open?(at: { name: string; version: string }, open: boolean): void;
  /** It is gone from the disk. */
  removed?(at: { name: string; version: string }): void;
  shadow?(route: string, result: 'agreed' | 'disagreed' | 'failed' | 'skipped', count: number): void;
}

export interface RepositoryOptions {
  /** For messages: the folder or the file. */
  readonly where: string;
  /** @throws where the folder cannot be read */
  scan(): Promise<Scan>;
  open(servable: Servable, at: { name: string; version: string }): Promise<ServedModel>;
  /** Bytes that a model takes, about. */
  estimate(fileBytes: number, workers?: number): number;
  /** `auto`: what changes on the disk is opened, tested, and takes over; `off`: only when a request says so. */
  readonly reload: 'auto' | 'off';
  /** Milliseconds between two looks where the system does not tell of changes. */
  readonly interval: number;
  /** Bytes of what is open; left out, everything that is asked for stays open. */
  readonly memoryBudget?: number | undefined;
  /** Milliseconds that a request waits for memory. */
  readonly patience?: number | undefined;
  /** A sentence for each thing that changed, or that was refused. */
  log(level: 'info' | 'warn', message: string): void;
  readonly observer?: RepositoryObserver | undefined;
}

/** How long a file must be the same before it is read: who writes it may not be done. */
const settleMilliseconds = 100;
/** How long a file must be gone before it is taken for removed: who replaces it by removing it first is not done. */
const goneMilliseconds = 1000;

const keyOf = ({ name, version }: { name: string; version: string }) => `${name}/${version}`;

/**
 * The models that a scan finds. Of each the newest version is opened, and every one that a route names; others at the first
 * request for them. Under a memory budget everything but what `/` shows waits for its first request.
 * @throws OnwardError where none of them can be served, or the settings are wrong
 */
export async function createRepository(options: RepositoryOptions): Promise<Repository> {
  const { where, estimate, observer, reload, interval } = options;
  const models = new Map<string, Map<string, Version>>();
  const router = createRouter(models);
  const memory = createMemory(options.memoryBudget, options.patience);
  const lazy = options.memoryBudget !== undefined;
  const turn = inTurn();
  const background = new Set<Promise<void>>();
  let settings: Settings = noSettings;
  let settingsText: string | undefined;
  let refused: readonly Refused[] = [];
  let seen = new Map<string, string>();
  /** Since when what was there is not there. */
  const missed = new Map<string, number>();
  const said = new Set<string>();
  let closed = false;
  let starting = true;

  /** What is said before it is clear that the server starts: an error says it otherwise. */
  const early: string[] = [];

  function log(level: 'info' | 'warn', message: string): void {
    if (!starting) options.log(level, message);
    else if (level === 'warn') early.push(message);
  }

  /** Once, until something else is said of the same. */
  function sayOnce(message: string): void {
    if (said.has(message)) return;
    said.add(message);
    log('warn', message);
  }

  function add(found: Found, trusted: boolean): Version {
    const at = { name: found.name, version: found.version };
    const version: Version = createVersion(found, {
      async open(servable) {
        const model = await options.open(servable, at);
        observer?.open?.(at, true);
        return model;
      },
      onClose: () => observer?.open?.(at, version.model !== undefined),
      aside: () => !starting,
      memory,
      estimate,
      pinned: () => router.shown() === version,
      trusted,
      onLoad(result, reason) {
        observer?.loaded?.(at, result);
        if (result === 'loaded') {
          log('info', `${keyOf(at)} answers now, from ${version.found.file}`);
          return;
        }
        const still = version.model ? '; the one before it answers on' : '';
        log('warn', `${keyOf(at)} is not served: ${reason}${still}`);
      },
    });
    const versions = models.get(at.name) ?? new Map<string, Version>();
    versions.set(at.version, version);
    models.set(at.name, versions);
    return version;
  }

  function remove(version: Version): void {
    const { name } = version;
    models.get(name)?.delete(version.version);
    if (models.get(name)?.size === 0) models.delete(name);
    log('info', `${keyOf(version)} is gone from the disk and is closed once its requests are answered`);
    const leaving: Promise<void> = version.close().finally(() => {
      background.delete(leaving);
      observer?.removed?.(version);
    });
    background.add(leaving);
  }

  /** What the settings leave of a scan. */
  function served(found: readonly Found[]): Found[] {
    const named = new Set(targetsOf(settings).map(({ model, version }) => `${model}/${version}`));
    const newest = new Map<string, Found>();
    for (const one of found) {
      const other = newest.get(one.name);
      if (!other || byVersion(one, other) < 0) newest.set(one.name, one);
    }
    return found.filter((one) => {
      const wanted = Object.hasOwn(settings.versions, one.name) ? settings.versions[one.name]! : 'all';
      if (wanted === 'all' || named.has(keyOf(one))) return true;
      return wanted === 'newest' ? newest.get(one.name) === one : wanted.includes(one.version);
    });
  }

  /** @throws OnwardError for settings that are wrong */
  function readSettings(text: string | undefined): void {
    if (text === settingsText) return;
    settingsText = text;
    settings = text === undefined ? noSettings : parseSettings(text, `${where}/${settingsFile}`);
    router.use(settings);
    log('info', `${settingsFile} was read again`);
  }

  /**
   * Takes what is on the disk into account.
   * @param now of this model nothing waits until it stays the same
   */
  async function look(now?: string): Promise<void> {
    const scan = await options.scan();
    if (closed) return;
    try {
      readSettings(scan.settings);
    } catch (error) {
      if (starting) throw error;
      log('warn', `${messageOf(error)}; what was said before holds`);
    }
    ({ refused } = scan);
    for (const { reason } of refused) sayOnce(reason);
    const found = served(scan.found);
    let waits = false;
    const settled = (one: Found) => {
      const same = starting || one.name === now || seen.get(keyOf(one)) === one.fingerprint;
      waits ||= !same;
      return same;
    };
    for (const one of found) {
      const key = keyOf(one);
      missed.delete(key);
      const version = models.get(one.name)?.get(one.version);
      if (!version) {
        if (settled(one)) add(one, starting);
      } else if (version.found.fingerprint !== one.fingerprint && settled(one)) version.change(one);
    }
    seen = new Map(found.map((one) => [keyOf(one), one.fingerprint]));
    for (const version of every()) {
      const key = keyOf(version);
      if (seen.has(key)) continue;
      const since = missed.get(key) ?? performance.now();
      missed.set(key, since);
      if (performance.now() - since >= goneMilliseconds || version.name === now) {
        missed.delete(key);
        remove(version);
      } else waits = true;
    }
    watching?.folders(scan.folders);
    if (waits) watching?.soon(settleMilliseconds);
    for (const name of [...models.keys()]) if (name !== now) await ensure(name);
    for (const absent of router.absent()) sayOnce(`${where}/${settingsFile} names ${absent}, which is not there`);
  }

  const every = () => [...models.values()].flatMap((versions) => [...versions.values()]);

  /** Opens what of a model is to be open. What cannot be is logged, and does not stop the others. */
  async function ensure(name: string): Promise<void> {
    const ignore = () => {};
    const newestFirst = router.versionsOf(name).reverse();
    for (const version of newestFirst) if (version.model && version.stale) await version.load().catch(ignore);
    const enough = (version: Version) => version.model !== undefined || (lazy && version.able && !version.stale);
    for (const version of newestFirst) {
      if (version.unloaded) continue;
      if (!enough(version)) await version.load().catch(ignore);
      if (version.able) break;
    }
    for (const { model, version: wanted } of targetsOf(settings)) {
      const version = model === name && wanted !== undefined ? models.get(name)?.get(wanted) : undefined;
      if (version && !version.unloaded && !enough(version)) await version.load().catch(ignore);
    }
  }

  const watching = reload === 'auto' ? watchFolders(lookAgain, interval) : undefined;

  let looking = false;
  function lookAgain(): void {
    if (looking || closed) return;
    looking = true;
    const work: Promise<void> = turn(() => look())
      .catch((error) => sayOnce(`${where}: it cannot be looked at (${messageOf(error)}); what is loaded answers on`))
      .finally(() => {
        looking = false;
        background.delete(work);
      });
    background.add(work);
  }

  async function close(): Promise<void> {
    closed = true;
    watching?.close();
    await turn(async () => {});
    await Promise.all(background);
    await Promise.all(every().map((version) => version.close()));
  }

  try {
    await look();
    for (let shown = router.shown(); shown && !shown.model; shown = router.shown()) await shown.load().catch(() => {});
    if (!every().some((version) => version.able)) throw nothing();
  } catch (error) {
    await close();
    throw error;
  }
  starting = false;
  for (const message of early) log('warn', message);

  function nothing(): Error {
    const entries = every();
    const [first] = entries;
    if (!first) {
      const why = refused[0]?.reason;
      return new OnwardError(
        'input',
        why ?? `${where}: expected models in it, as <name>/<version>/model.onnx or <name>.onnx, got none`,
      );
    }
    return first.error ?? new OnwardError('input', `${where}: none of its models can be served`);
  }

  function mirrored<T>(route: string, shadow: Version, mirror: Mirror<T>, result: T): void {
    const count = (what: 'agreed' | 'disagreed' | 'failed' | 'skipped', n: number) => {
      if (n > 0) observer?.shadow?.(route, what, n);
    };
    const work: Promise<void> = shadow
      .use((model) => mirror(model, result))
      .then(
        (agreements) => {
          const agreed = agreements.filter((same) => same).length;
          count('agreed', agreed);
          count('disagreed', agreements.length - agreed);
        },
        // A shadow that cannot keep up sees less; nobody waits for it.
        (error) => count(error instanceof HTTPException && error.status === 503 ? 'skipped' : 'failed', 1),
      )
      .finally(() => background.delete(work));
    background.add(work);
  }

  function known(name: string): Version[] {
    const versions = router.versionsOf(name);
    if (versions.length === 0) router.among({ name });
    return versions;
  }

  return {
    async use(asked, work, mirror) {
      for (;;) {
        const { version, route, shadow } = router.way(asked);
        let result: Awaited<ReturnType<typeof work>>;
        try {
          result = await version.use(work);
        } catch (error) {
          // It was opened for this request and is refused: an older one may do, where the request names none.
          if (error instanceof NotServed && asked.version === undefined) continue;
          throw error;
        }
        if (route !== undefined && shadow && mirror) mirrored(route, shadow, mirror, result);
        return result;
      }
    },
    check: (asked: Asked) => void router.among(asked),
    shown: () => router.shown()?.model,
    versions: (name) => known(name).map(({ version }) => version),
    index(): IndexEntry[] {
      const entries = every().map(({ entry }) => entry);
      const others = refused.filter((one) => !entries.some((entry) => keyOf(entry) === keyOf(one)));
      return [...entries, ...others.map((one) => ({ ...one, state: 'UNAVAILABLE' as const }))].sort((a, b) =>
        a.name < b.name ? -1 : a.name > b.name ? 1 : byVersion(b, a),
      );
    },
    isReady(name, version) {
      return router.among({ name, version }).every(({ entry }) => entry.state === 'READY');
    },
    load: (name) =>
      turn(async () => {
        await look(name);
        const versions = known(name).reverse();
        for (const version of versions) version.allow();
        // What is open is opened again even if its file is the same: that is what was asked for.
        for (const version of versions) if (version === versions[0] || version.model) await version.load(true);
        await ensure(name);
      }),
    async unload(name) {
      await Promise.all(known(name).map((version) => version.unload()));
    },
    get ready() {
      if (router.hasDefault) return router.shown()?.entry.state === 'READY';
      return every().some(({ entry }) => entry.state === 'READY');
    },
    close,
  };
}
