import { z } from 'zod';
import { OnwardError } from '../../runtime/common/index.js';
import { issueOf } from '../../runtime/model/index.js';
import { isModelName } from '../models/index.js';

/** The file in a folder of models that says how requests find them. */
export const settingsFile = 'models.json';

const versionPattern = /^[1-9]\d{0,17}$/;
export const isVersion = (text: string): boolean => versionPattern.test(text);

/** A model, or one version of it. */
export interface Target {
  readonly model: string;
  /** Left out: the newest. */
  readonly version?: string | undefined;
}

export const targetText = ({ model, version }: Target): string =>
  version === undefined ? model : `${model}/${version}`;

/** What stands behind a name that requests use without a version. */
export interface RouteSettings {
  /** Whose turn it is with which share; the percentages sum to 100. */
  readonly split: readonly { readonly to: Target; readonly percent: number }[];
  readonly shadow?: { readonly to: Target; readonly percent: number } | undefined;
  /** The same client gets the same version: by who asks (`true`), or by a header of the request, in lower case. */
  readonly sticky: boolean | string;
  readonly seed: number;
}

export interface Settings {
  /** A model, a version or a route for requests that name none. */
  readonly default?: string | undefined;
  /** Which versions of a model are served; left out: all that are there. */
  readonly versions: { readonly [model: string]: 'all' | 'newest' | readonly string[] };
  readonly routes: { readonly [name: string]: RouteSettings };
}

export const noSettings: Settings = { versions: {}, routes: {} };

const name = z.string().refine(isModelName, 'expected a name of at most 128 letters, digits, "_", "-" and "."');

function toTarget(text: string): Target | undefined {
  const [model, version, more] = text.split('/');
  if (more !== undefined || !isModelName(model!) || (version !== undefined && !isVersion(version))) return undefined;
  return { model: model!, version };
}

const target = z.string().transform((text, context): Target => {
  const found = toTarget(text);
  if (found) return found;
  context.addIssue(`expected a model ("digits") or a version of it ("digits/2"), got ${JSON.stringify(text)}`);
  return z.NEVER;
});

const percent = z.number().gt(0, 'expected more than 0').max(100, 'expected at most 100');

/** So that `"digits/1"` can stand for `{"to": "digits/1"}`. */
const short = (value: unknown) => (typeof value === 'string' ? { to: value } : value);

const isSticky = (value: unknown) =>
  typeof value === 'boolean' || (typeof value === 'string' && /^[\w-]{1,64}$/.test(value));

const isPolicy = (value: unknown) =>
  value === 'all' ||
  value === 'newest' ||
  (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string' && isVersion(one)));

const route = z
  .preprocess(
    short,
    z.strictObject({
      to: target.optional(),
      split: z.record(z.string(), percent).optional(),
      shadow: z.preprocess(short, z.strictObject({ to: target, percent: percent.default(100) })).optional(),
      sticky: z.custom<boolean | string>(isSticky, 'expected true, false or the name of a header').default(false),
      seed: z.int().default(0),
    }),
  )
  .transform(({ to, split, shadow, sticky, seed }, context): RouteSettings => {
    const rest = { shadow, sticky: typeof sticky === 'string' ? sticky.toLowerCase() : sticky, seed };
    const refuse = (message: string) => {
      context.addIssue(message);
      return z.NEVER;
    };
    if ((to === undefined) === (split === undefined)) return refuse('expected one of "to" and "split"');
    if (to) return { split: [{ to, percent: 100 }], ...rest };
    const shares: { to: Target; percent: number }[] = [];
    for (const [text, percent] of Object.entries(split!)) {
      const found = toTarget(text);
      if (!found)
        return refuse(
          `split: expected models ("digits") or versions of them ("digits/2"), got ${JSON.stringify(text)}`,
        );
      shares.push({ to: found, percent });
    }
    const sum = shares.reduce((all, { percent }) => all + percent, 0);
    if (Math.abs(sum - 100) > 1e-6) return refuse(`split: expected percentages that sum to 100, got ${sum}`);
    return { split: shares, ...rest };
  });

const schema = z.strictObject({
  default: z
    .string()
    .refine((text) => toTarget(text) !== undefined, 'expected a model, a version ("digits/2") or a route')
    .optional(),
  versions: z
    .record(
      name,
      z.custom<Settings['versions'][string]>(
        isPolicy,
        'expected "all", "newest" or a list of versions like ["1", "2"]',
      ),
    )
    .default({}),
  routes: z.record(name, route).default({}),
});

/**
 * Reads what a `models.json` says.
 * @param file for messages
 * @throws OnwardError kind `input` with the first thing that is wrong
 */
export function parseSettings(text: string, file: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OnwardError('input', `${file}: expected JSON, but it cannot be read (${(cause as Error).message})`, {
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new OnwardError('input', `${file}: ${issueOf(parsed.error)}`);
  return parsed.data;
}

/** Every version that a route names, which is opened though it is not the newest. */
export function targetsOf({ routes, default: chosen }: Settings): Target[] {
  const direct = chosen === undefined || Object.hasOwn(routes, chosen) ? [] : [toTarget(chosen)!];
  const routed = Object.values(routes).flatMap(({ split, shadow }) => [...split, ...(shadow ? [shadow] : [])]);
  return [...direct, ...routed.map(({ to }) => to)];
}

/** What `default` says, where it is no route. */
export const defaultTarget = (text: string): Target => toTarget(text)!;
