import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, OnwardError, unknownName } from '../../runtime/common/index.js';
import { settingValue } from './resolve.js';
import { type SettingName, type Settings, settingNames, settings } from './settings.js';

/**
 * The settings in a JSON file, each checked; paths in it are relative to its folder. `$schema` is for editors.
 * @throws OnwardError kind `input` for a file that cannot be read as one, `usage` for a setting that is unknown or cannot be:
 *   one sentence that names the file and the key
 */
export async function readConfig(path: string): Promise<Readonly<Partial<Record<SettingName, unknown>>>> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new OnwardError(
      'input',
      `${path}: expected a file with settings, but it cannot be read (${messageOf(cause)})`,
      {
        cause,
      },
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new OnwardError(
      'input',
      `${path}: expected settings as JSON, but they cannot be read (${messageOf(cause)})`,
      {
        cause,
      },
    );
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new OnwardError('input', `${path}: expected settings as a JSON object, {"port": 8080}, got something else`);
  }
  const found: Partial<Record<SettingName, unknown>> = {};
  for (const [key, value] of Object.entries(json)) {
    if (key === '$schema') continue;
    if (!settingNames.includes(key as SettingName)) {
      throw new OnwardError('usage', `${path}: ${unknownName('setting', key, settingNames)}`);
    }
    const name = key as SettingName;
    const checked = settingValue(name, value, `${path}: "${key}"`);
    found[name] = fromFolder(name, checked, dirname(path));
  }
  return found;
}

/** A path as it is from everywhere. `classifier` may be the description itself in place of its path. */
const fromFolder = (name: SettingName, value: unknown, folder: string): unknown =>
  settings[name].path && typeof value === 'string' && !value.trimStart().startsWith('{')
    ? resolve(folder, value)
    : value;

/** What is in force, so that it means the same in a file, wherever that is. @param folder where relative paths begin */
export const asFile = (values: Settings, folder: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(settingNames.map((name) => [name, fromFolder(name, values[name], folder)]));
