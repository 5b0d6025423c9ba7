import { messageOf } from '../../runtime/common/index.js';
import type { Servable, ServedModel } from '../models/index.js';
import { createCatalog } from './catalog.js';
import { byVersion, type Found, keyOf, type Scan } from './found.js';
import { inTurn } from './in-turn.js';
import { createMemory } from './memory.js';
import { NotServed } from './not-served.js';
import type { RepositoryObserver } from './observer.js';
import type { IndexEntry, Repository } from './repository.js';
import { createRouter } from './router.js';
import { createShadows } from './shadows.js';
import { createShelf } from './shelf.js';
import { createVersion, type Version } from './version.js';
import { watchFolders } from './watch.js';

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
  /** Milliseconds that a request waits for memory, and for a model to be opened; how many may, for each. */
  readonly patience: number;
  readonly mostWaiting: number;
  /** A sentence for each thing that changed, or that was refused. */
  log(level: 'info' | 'warn', message: string): void;
  readonly observer?: RepositoryObserver | undefined;
}

/**
 * The models that a scan finds. Of each the newest version is opened, and every one that a route names; others at the first
 * request for them. Under a memory budget everything but what `/` shows waits for its first request.
 * @throws OnwardError where none of them can be served, or the settings are wrong
 */
export async function createRepository(options: RepositoryOptions): Promise<Repository> {
  const { where, estimate, observer, reload, interval } = options;
  const models = createShelf();
  const router = createRouter(models);
  const memory = createMemory(options.memoryBudget, options.patience);
  const shadows = createShadows(observer);
  const turn = inTurn();
  const background = new Set<Promise<void>>();
  const said = new Set<string>();
  /** What is said before it is clear that the server starts: an error says it otherwise. */
  const early: string[] = [];
  let closed = false;
  let starting = true;

  function log(level: 'info' | 'warn', message: string): void {
    if (!starting) options.log(level, message);
    else if (level === 'warn') early.push(message);
  }

  function sayOnce(message: string): void {
    if (said.has(message)) return;
    said.add(message);
    log('warn', message);
  }

  function follow(work: Promise<void>): void {
    const followed = work.finally(() => background.delete(followed));
    background.add(followed);
  }

  function create(found: Found, trusted: boolean): Version {
    const at = { name: found.name, version: found.version };
    const version: Version = createVersion(found, {
      async open(servable) {
        const model = await options.open(servable, at);
        observer?.open?.(at, true);
        return model;
      },
      // It may be there again, as another one.
      onClose: () => observer?.open?.(at, (models.get(at.name, at.version) ?? version).model !== undefined),
      aside: () => !starting,
      memory,
      estimate,
      pinned: () => router.shown() === version,
      trusted,
      patience: options.patience,
      mostWaiting: options.mostWaiting,
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
    return version;
  }

  const watching = reload === 'auto' ? watchFolders(lookAgain, interval) : undefined;
  const catalog = createCatalog({
    ...{ where, models, router, create, log, sayOnce, lazy: options.memoryBudget !== undefined },
    scan: () => options.scan(),
    removed: (version) => {
      const forget = () => {
        // It may be there again.
        if (!models.get(version.name, version.version)) observer?.removed?.(version);
      };
      follow(version.close().finally(forget));
    },
    starting: () => starting,
    closed: () => closed,
    wait: (milliseconds) => watching?.soon(milliseconds),
    folders: (paths) => watching?.folders(paths),
  });

  let looking = false;
  let missed = false;
  function lookAgain(): void {
    // What changes while models are opened is looked at when they are.
    missed = looking;
    if (looking || closed) return;
    looking = true;
    const look = turn(() => catalog.look())
      .catch((error) => sayOnce(`${where}: it cannot be looked at (${messageOf(error)}); what is loaded answers on`))
      .finally(() => {
        looking = false;
        if (missed) watching?.soon(0);
      });
    follow(look);
  }

  async function close(): Promise<void> {
    closed = true;
    watching?.close();
    await turn(async () => {});
    await shadows.settled();
    await Promise.all(background);
    await Promise.all(catalog.every.map((version) => version.close()));
  }

  try {
    await turn(() => catalog.look());
    for (let shown = router.shown(); shown && !shown.model; shown = router.shown()) await shown.load().catch(() => {});
    if (!catalog.every.some((version) => version.able)) throw catalog.nothing();
  } catch (error) {
    await close();
    throw error;
  }
  starting = false;
  for (const message of early) log('warn', message);

  function known(name: string): Version[] {
    const versions = router.versionsOf(name);
    if (versions.length === 0) router.among({ name });
    return versions;
  }

  return {
    async use(asked, work, mirror) {
      for (;;) {
        const direct = router.direct(asked);
        const way = direct ? undefined : router.draw(asked);
        const version = direct ?? way!.version;
        let result: Awaited<ReturnType<typeof work>>;
        try {
          result = await version.use(work);
        } catch (error) {
          // It was opened for this request and is refused: an older one may do, where the request names none.
          if (error instanceof NotServed && asked.version === undefined) continue;
          throw error;
        }
        if (way?.shadow && mirror) shadows.mirror(way.route, way.shadow, mirror, result);
        return result;
      }
    },
    check: router.check,
    shown: () => router.shown()?.model,
    get classifies() {
      const shown = router.shown();
      return (shown ? [shown] : models.every()).some(({ model }) => !model || model.classifier !== undefined);
    },
    versions: (name) => known(name).map(({ version }) => version),
    index(): IndexEntry[] {
      const entries = catalog.every.map(({ entry }) => entry);
      const others = catalog.refused.filter((one) => !entries.some((entry) => keyOf(entry) === keyOf(one)));
      return [...entries, ...others.map((one) => ({ ...one, state: 'UNAVAILABLE' as const }))].sort((a, b) =>
        a.name < b.name ? -1 : a.name > b.name ? 1 : byVersion(b, a),
      );
    },
    isReady(name, version) {
      return router.among({ name, version }).every(({ entry }) => entry.state === 'READY');
    },
    load: (name) =>
      turn(async () => {
        await catalog.look(name);
        const versions = known(name).reverse();
        for (const version of versions) version.allow();
        // What is open is opened again even if its file is the same: that is what was asked for.
        for (const version of versions) {
          if (!closed && (version === versions[0] || version.model)) await version.load(true);
        }
        await catalog.ensure(name);
      }),
    async unload(name) {
      await Promise.all(known(name).map((version) => version.unload()));
    },
    get ready() {
      if (router.hasDefault) return router.shown()?.entry.state === 'READY';
      return catalog.every.some(({ entry }) => entry.state === 'READY');
    },
    close,
  };
}
