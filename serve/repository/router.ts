import { isDeepStrictEqual } from 'node:util';
import { HTTPException } from 'hono/http-exception';
import { type Draws, drawsFor, pick } from './draw.js';
import type { Asked } from './repository.js';
import {
  defaultTarget,
  noSettings,
  type RouteSettings,
  type Settings,
  type Target,
  targetsOf,
  targetText,
} from './settings.js';
import type { Shelf, Versions } from './shelf.js';
import type { Version } from './version.js';

/** Where a route leads: which version answers, and which one looks on. */
export interface Way {
  readonly version: Version;
  readonly route: string;
  readonly shadow: Version | undefined;
}

/** Finds versions by what requests say. */
export interface Router {
  use(settings: Settings): void;
  /**
   * What answers where no route is taken; else undefined. It is asked for every request, and makes nothing.
   * @throws HTTPException 404 for what is not there, 503 for what is not loaded
   */
  direct(asked: Asked): Version | undefined;
  /** Draws, where a route is taken. @throws as `direct` */
  draw(asked: Asked): Way;
  /** Whether there is something to answer. @throws as `direct` */
  check(asked: Asked): void;
  /** All that the draw would be among. @throws as `direct` */
  among(asked: Asked): readonly Version[];
  /** Whether requests that name no model are for one in particular. */
  readonly hasDefault: boolean;
  /** Models and versions that the settings name and that are not there. */
  absent(): string[];
  /** What stands for the default: the one with the largest share. */
  shown(): Version | undefined;
  /** The oldest first. */
  versionsOf(name: string): Version[];
}

const missing = (message: string) => new HTTPException(404, { message });
const quoted = (text: string) => JSON.stringify(text.slice(0, 140));

export function createRouter(models: Shelf): Router {
  let settings = noSettings;
  /** What requests that name nothing mean, by the settings. */
  let chosen: Target | undefined;
  /** Of each route, for its settings as they are. */
  let draws = new Map<string, { readonly route: RouteSettings; readonly draws: Draws }>();

  const routeOf = (name: string): RouteSettings | undefined =>
    Object.hasOwn(settings.routes, name) ? settings.routes[name] : undefined;

  function drawsOf(name: string, route: RouteSettings): Draws {
    let known = draws.get(name);
    if (!known) {
      known = { route, draws: drawsFor(name, route) };
      draws.set(name, known);
    }
    return known.draws;
  }

  function newestAble(versions: Versions | undefined): Version | undefined {
    const sorted = versions?.newestFirst ?? [];
    for (let i = 0; i < sorted.length; i++) if (sorted[i]!.able) return sorted[i];
    return undefined;
  }

  /** The one that a target means, where it can answer. */
  function able({ model, version }: Target): Version | undefined {
    if (version === undefined) return newestAble(models.of(model));
    const found = models.get(model, version);
    return found?.able ? found : undefined;
  }

  function names(): string {
    const known = [...models.names(), ...Object.keys(settings.routes)];
    const shown = [...new Set(known)].sort();
    return shown.length > 8 ? `${shown.slice(0, 8).join(', ')} or one of ${shown.length - 8} more` : shown.join(', ');
  }

  function unable(name: string): HTTPException {
    const newest = models.of(name)?.newestFirst[0];
    const why =
      !newest || newest.unloaded
        ? `the model ${name} is not loaded; load it first`
        : `the model ${name} cannot be served; /v2/repository/index says why`;
    return new HTTPException(503, { message: why });
  }

  function nameOf({ name }: Asked): string {
    if (name !== undefined) return name;
    if (settings.default !== undefined) return settings.default;
    if (models.only !== undefined) return models.only;
    if (models.size === 0) throw new HTTPException(503, { message: 'this server has no models' });
    throw missing(`expected the name of a model, as this server has several and no default: ${names()}`);
  }

  function direct(asked: Asked): Version | undefined {
    const name = nameOf(asked);
    const route = routeOf(name);
    if (route && asked.version === undefined) return undefined;
    const target = asked.name === undefined ? chosen : undefined;
    const model = target?.model ?? name;
    const versions = models.of(model);
    if (!versions) {
      if (route) throw missing(`${quoted(name)} is a route, which has no versions of its own; ask for it without one`);
      throw missing(`there is no model ${quoted(name)} here; expected ${names() || 'none'}`);
    }
    const wanted = asked.version ?? target?.version;
    if (wanted === undefined) {
      const newest = newestAble(versions);
      if (!newest) throw unable(model);
      return newest;
    }
    const version = versions.byNumber.get(wanted);
    if (!version) {
      const known = versions.newestFirst.map((one) => one.version).reverse();
      throw missing(`the model ${model} has no version ${quoted(wanted)}; expected ${known.join(', ')}`);
    }
    if (version.unloaded) throw unable(model);
    return version;
  }

  /** How many shares of a route can answer. @throws HTTPException 503 where none can */
  function ableShares({ split }: RouteSettings): number {
    let count = 0;
    for (let i = 0; i < split.length; i++) if (able(split[i]!.to)) count++;
    if (count === 0) throw unable(split[0]!.to.model);
    return count;
  }

  /** Those that can answer, and their shares. */
  function candidates(asked: Asked): { version: Version; percent: number }[] {
    const version = direct(asked);
    if (version) return [{ version, percent: 100 }];
    const route = routeOf(nameOf(asked))!;
    ableShares(route);
    return route.split.flatMap(({ to, percent }) => {
      const version = able(to);
      return version ? [{ version, percent }] : [];
    });
  }

  return {
    use(next) {
      settings = next;
      chosen = next.default === undefined ? undefined : defaultTarget(next.default);
      // Routes that are as they were go on where they are.
      draws = new Map([...draws].filter(([name, known]) => isDeepStrictEqual(known.route, routeOf(name))));
    },
    direct,
    draw(asked) {
      const name = nameOf(asked);
      const route = routeOf(name)!;
      const drawn = drawsOf(name, route);
      // Where one alone can answer nothing is drawn.
      const version = pick(route.split, ableShares(route) === 1 ? 0 : drawn.split(asked), able)!;
      const watches = route.shadow && drawn.shadow() < route.shadow.percent;
      const shadow = watches ? able(route.shadow!.to) : undefined;
      return { version, route: name, shadow: shadow === version ? undefined : shadow };
    },
    check(asked) {
      if (!direct(asked)) ableShares(routeOf(nameOf(asked))!);
    },
    among: (asked) => candidates(asked).map(({ version }) => version),
    get hasDefault() {
      return settings.default !== undefined || models.only !== undefined;
    },
    absent: () =>
      targetsOf(settings)
        .filter(({ model, version }) => !(version === undefined ? models.of(model) : models.get(model, version)))
        .map(targetText),
    shown() {
      try {
        return candidates({}).reduce((a, b) => (b.percent > a.percent ? b : a)).version;
      } catch {
        return undefined;
      }
    },
    versionsOf: (name) => [...(models.of(name)?.newestFirst ?? [])].reverse(),
  };
}
