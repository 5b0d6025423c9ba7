import { OnwardError } from '../../runtime/common/index.js';
import { type SettingName, type Settings, settingNames, settings } from './settings.js';

/** Where a setting's value is from. */
export type Source = 'flag' | 'environment' | 'file' | 'default';

export interface Resolved {
  readonly values: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
}

/**
 * A value of a setting, from JSON or as it was parsed from text.
 * @param where for the message: `onward.json: "port"`
 * @throws OnwardError kind `usage`: what was expected, what came
 */
export function settingValue(name: SettingName, value: unknown, where: string): unknown {
  const { kind } = settings[name];
  const result = kind.schema.safeParse(value);
  if (result.success) return result.data;
  const near = kind.near?.(value);
  const came = JSON.stringify(value)?.slice(0, 80) ?? String(value);
  throw new OnwardError(
    'usage',
    `${where}: expected ${kind.expected}, got ${came}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

/**
 * What is in force: flags before variables of the environment before the file before the defaults.
 * @param flags values that were checked; what was not given is not there
 * @param file as `readConfig` gives it
 * @throws OnwardError kind `usage` for a variable that cannot be
 */
export function resolveSettings({
  flags,
  env,
  file,
}: {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: Readonly<Record<string, unknown>>;
}): Resolved {
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  const take = (name: SettingName, source: Source, value: unknown) => {
    values[name] = value;
    sources[name] = source;
  };
  for (const name of settingNames) {
    const { env: variable, kind, fallback } = settings[name];
    // An empty variable is one that nobody set: so compose files write it.
    const given = env[variable] || undefined;
    if (flags[name] !== undefined) take(name, 'flag', flags[name]);
    else if (given !== undefined) {
      take(name, 'environment', settingValue(name, kind.parse(given), `the environment variable ${variable}`));
    } else if (file[name] !== undefined) take(name, 'file', file[name]);
    else take(name, 'default', fallback);
  }
  return { values: values as unknown as Settings, sources: sources as Resolved['sources'] };
}
