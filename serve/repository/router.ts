import { isDeepStrictEqual } from 'node:util';
import { HTTPException } from 'hono/http-exception';
import { type Draws, drawsFor, pick } from './draw.js';
import { byVersion } from './found.js';
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
import type { Version } from './version.js';

/** Which version a request goes to, and which one looks on. */
export interface Way {
  readonly version: Version;
  /** By which name; undefined where no route was taken. */
  readonly route?: string;
  readonly shadow?: Version | undefined;
}

/** Finds versions by what requests say. */
export interface Router {
  use(settings: Settings): void;
  /** @throws HTTPException 404 for what is not there, 503 for what is not loaded */
  way(asked: Asked): Way;
  /** All that the draw would be among. @throws as `way` */
  among(asked: Asked): readonly Version[];
  /** Whether requests that name no model are for one in particular. */
  readonly hasDefault: boolean;
  /** Models and versions that the settings name and that are not there. */
  absent(): string[];
  /** What stands for the default: the one with the largest share. */
  shown(): Version | undefined;
  versionsOf(name: string): Version[];
}

const missing = (message: string) => new HTTPException(404, { message });
const quoted = (text: string) => JSON.stringify(text.slice(0, 140));

/** @param models versions by their numbers, by the names of models */
export function createRouter(models: ReadonlyMap<string, ReadonlyMap<string, Version>>): Router {
  let settings = noSettings;
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

  /** The newest first. */
  const all = (name: string): Version[] => [...(models.get(name)?.values() ?? [])].sort(byVersion);

  /** The one that a target means, where it can answer. */
  function able({ model, version }: Target): Version | undefined {
    const versions = all(model);
    const found = version === undefined ? versions.find((one) => one.able) : models.get(model)?.get(version);
    return found?.able ? found : undefined;
  }

  function names(): string {
    const known = [...models.keys(), ...Object.keys(settings.routes)];
    const shown = [...new Set(known)].sort();
    return shown.length > 8 ? `${shown.slice(0, 8).join(', ')} or one of ${shown.length - 8} more` : shown.join(', ');
  }

  function unable(name: string): HTTPException {
    const [newest] = all(name);
    const why =
      !newest || newest.unloaded
        ? `the model ${name} is not loaded; load it first`
        : `the model ${name} cannot be served; /v2/repository/index says why`;
    return new HTTPException(503, { message: why });
  }

  function nameOf({ name }: Asked): string {
    if (name !== undefined) return name;
    if (settings.default !== undefined) return settings.default;
    const [only, ...more] = models.keys();
    if (only !== undefined && more.length === 0) return only;
    if (only === undefined) throw new HTTPException(503, { message: 'this server has no models' });
    throw missing(`expected the name of a model, as this server has several and no default: ${names()}`);
  }

  /** The parts that can answer, of which one is to be drawn. */
  function candidates(asked: Asked): {
    shares: { version: Version; percent: number }[];
    name: string;
    route?: RouteSettings;
  } {
    const name = nameOf(asked);
    const route = routeOf(name);
    if (asked.version === undefined && route) {
      const shares = route.split.flatMap(({ to, percent }) => {
        const version = able(to);
        return version ? [{ version, percent }] : [];
      });
      if (shares.length === 0) throw unable(route.split[0]!.to.model);
      return { shares, name, route };
    }
    const target = asked.name === undefined && settings.default === name ? defaultTarget(name) : { model: name };
    const versions = models.get(target.model);
    if (!versions) {
      if (route) throw missing(`${quoted(name)} is a route, which has no versions of its own; ask for it without one`);
      throw missing(`there is no model ${quoted(name)} here; expected ${names() || 'none'}`);
    }
    const wanted = asked.version ?? target.version;
    if (wanted === undefined) {
      const newest = able(target);
      if (!newest) throw unable(target.model);
      return { shares: [{ version: newest, percent: 100 }], name };
    }
    const version = versions.get(wanted);
    if (!version) {
      const known = all(target.model).map((one) => one.version);
      throw missing(
        `the model ${target.model} has no version ${quoted(wanted)}; expected ${known.reverse().join(', ')}`,
      );
    }
    if (version.unloaded) throw unable(target.model);
    return { shares: [{ version, percent: 100 }], name };
  }

  return {
    use(next) {
      settings = next;
      // Routes that are as they were go on where they are.
      draws = new Map([...draws].filter(([name, known]) => isDeepStrictEqual(known.route, routeOf(name))));
    },
    way(asked) {
      const { shares, name, route } = candidates(asked);
      if (!route) return { version: shares[0]!.version };
      const drawn = drawsOf(name, route);
      const { version } = shares.length === 1 ? shares[0]! : pick(shares, drawn.split(asked))!;
      const watches = route.shadow && drawn.shadow() < route.shadow.percent;
      const shadow = watches ? able(route.shadow!.to) : undefined;
      return { version, route: name, shadow: shadow === version ? undefined : shadow };
    },
    among: (asked) => candidates(asked).shares.map(({ version }) => version),
    get hasDefault() {
      return settings.default !== undefined || models.size === 1;
    },
    absent: () =>
      targetsOf(settings)
        .filter(({ model, version }) => !(version === undefined ? models.has(model) : models.get(model)?.has(version)))
        .map(targetText),
    shown() {
      try {
        const { shares } = candidates({});
        return shares.reduce((a, b) => (b.percent > a.percent ? b : a)).version;
      } catch {
        return undefined;
      }
    },
    versionsOf: (name) => all(name).reverse(),
  };
}
