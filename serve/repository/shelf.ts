import { byVersion } from './found.js';
import type { Version } from './version.js';

/** The versions of a model, as requests look for them. */
export interface Versions {
  readonly byNumber: ReadonlyMap<string, Version>;
  readonly newestFirst: readonly Version[];
}

/** The models that are there. Sorted when they come, as every request looks here. */
export interface Shelf {
  of(name: string): Versions | undefined;
  get(name: string, version: string): Version | undefined;
  names(): string[];
  /** The name of the only model; undefined where there are none or several. */
  readonly only: string | undefined;
  /** Of models. */
  readonly size: number;
  every(): Version[];
  add(version: Version): void;
  remove(version: Version): void;
}

export function createShelf(): Shelf {
  const models = new Map<string, { byNumber: Map<string, Version>; newestFirst: Version[] }>();
  let only: string | undefined;

  function changed(): void {
    only = models.size === 1 ? models.keys().next().value : undefined;
  }

  return {
    of: (name) => models.get(name),
    get: (name, version) => models.get(name)?.byNumber.get(version),
    names: () => [...models.keys()],
    get only() {
      return only;
    },
    get size() {
      return models.size;
    },
    every: () => [...models.values()].flatMap(({ byNumber }) => [...byNumber.values()]),
    add(version) {
      const { byNumber } = models.get(version.name) ?? { byNumber: new Map<string, Version>() };
      byNumber.set(version.version, version);
      models.set(version.name, { byNumber, newestFirst: [...byNumber.values()].sort(byVersion) });
      changed();
    },
    remove({ name, version }) {
      const known = models.get(name);
      if (!known?.byNumber.delete(version)) return;
      if (known.byNumber.size === 0) models.delete(name);
      else known.newestFirst = known.newestFirst.filter((one) => one.version !== version);
      changed();
    },
  };
}
