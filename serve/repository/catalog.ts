import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { byVersion, type Found, keyOf, type Refused, type Scan } from './found.js';
import type { Router } from './router.js';
import { noSettings, parseSettings, type Settings, settingsFile, targetsOf } from './settings.js';
import type { Shelf } from './shelf.js';
import type { Version } from './version.js';

export interface CatalogOptions {
  /** For messages: the folder or the file. */
  readonly where: string;
  /** @throws where the folder cannot be read */
  scan(): Promise<Scan>;
  /** Filled here. */
  readonly models: Shelf;
  readonly router: Router;
  /** @param trusted it may take requests before it was ever opened */
  create(found: Found, trusted: boolean): Version;
  /** It is gone from the disk, and from the models. */
  removed(version: Version): void;
  /** Whether models wait for their first request. */
  readonly lazy: boolean;
  /** Whether it is not clear yet that the server starts. */
  starting(): boolean;
  closed(): boolean;
  /** Some files may not be whole yet: look again after so many milliseconds. */
  wait(milliseconds: number): void;
  /** Where something may change. */
  folders(paths: readonly string[]): void;
  log(level: 'info' | 'warn', message: string): void;
  /** Once, whatever is said of the same again. */
  sayOnce(message: string): void;
}

/** Keeps the models as the disk and the settings say that they should be. */
export interface Catalog {
  /** What looks like a model and is none. */
  readonly refused: readonly Refused[];
  readonly every: readonly Version[];
  /**
   * Takes what is on the disk into account.
   * @param now of this model nothing waits until it stays the same, and nothing is opened
   */
  look(now?: string): Promise<void>;
  /** Opens what of a model is to be open. What cannot be is logged, and does not stop the others. */
  ensure(name: string): Promise<void>;
  /** Why there is nothing to serve. */
  nothing(): Error;
}

/** How long a file must be the same before it is read: who writes it may not be done. */
const settleMilliseconds = 100;
/** How long a file must be gone before it is taken for removed: who replaces it by removing it first is not done. */
const goneMilliseconds = 1000;

export function createCatalog(options: CatalogOptions): Catalog {
  const { where, models, router, lazy, starting, log, sayOnce } = options;
  let settings: Settings = noSettings;
  let settingsText: string | undefined;
  let refused: readonly Refused[] = [];
  let seen = new Map<string, string>();
  /** Since when what was there is not there. */
  const missed = new Map<string, number>();

  const { every } = models;

  const add = (found: Found): void => models.add(options.create(found, starting()));

  function remove(version: Version): void {
    models.remove(version);
    log('info', `${keyOf(version)} is gone from the disk and is closed once its requests are answered`);
    options.removed(version);
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

  async function look(now?: string): Promise<void> {
    const scan = await options.scan();
    if (options.closed()) return;
    try {
      readSettings(scan.settings);
    } catch (error) {
      if (starting()) throw error;
      log('warn', `${messageOf(error)}; what was said before holds`);
    }
    ({ refused } = scan);
    for (const { reason } of refused) sayOnce(reason);
    const found = served(scan.found);
    let waits = false;
    const settled = (one: Found) => {
      const same = starting() || one.name === now || seen.get(keyOf(one)) === one.fingerprint;
      waits ||= !same;
      return same;
    };
    for (const one of found) {
      const key = keyOf(one);
      missed.delete(key);
      const version = models.get(one.name, one.version);
      if (!version) {
        if (settled(one)) add(one);
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
    options.folders(scan.folders);
    if (waits) options.wait(settleMilliseconds);
    for (const name of models.names()) if (name !== now) await ensure(name);
    if (options.closed()) return;
    for (const absent of router.absent()) sayOnce(`${where}/${settingsFile} names ${absent}, which is not there`);
  }

  async function ensure(name: string): Promise<void> {
    // Who closes all of it waits for the one that is being opened, and for no other.
    const load = async (version: Version) => (options.closed() ? undefined : version.load().catch(() => {}));
    const newestFirst = router.versionsOf(name).reverse();
    for (const version of newestFirst) if (version.model && version.stale) await load(version);
    const enough = (version: Version) => version.model !== undefined || (lazy && version.able && !version.stale);
    for (const version of newestFirst) {
      if (version.unloaded) continue;
      if (!enough(version)) await load(version);
      if (version.able) break;
    }
    for (const { model, version: wanted } of targetsOf(settings)) {
      const version = model === name && wanted !== undefined ? models.get(name, wanted) : undefined;
      if (version && !version.unloaded && !enough(version)) await load(version);
    }
  }

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

  return {
    look,
    ensure,
    nothing,
    get refused() {
      return refused;
    },
    get every() {
      return every();
    },
  };
}
