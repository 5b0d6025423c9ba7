import { type Command, InvalidArgumentError, Option } from 'commander';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import {
  flagOf,
  type Resolved,
  readConfig,
  resolveSettings,
  type SettingName,
  settingNames,
  settings,
  settingValue,
} from '../../serve/index.js';

/** The variable that names the file, as `--config` does. */
const configVariable = 'ONWARD_CONFIG';

/** A flag for each setting, and `--config`. */
export function addSettings(command: Command): Command {
  for (const name of settingNames) {
    const { kind, meaning, env, fallback } = settings[name];
    const value = kind.placeholder === undefined ? '' : ` <${kind.placeholder}>`;
    const option = new Option(`${flagOf(name)}${value}`, `${meaning} (env: ${env})`);
    if (value) option.argParser(parserOf(name));
    if (fallback !== undefined && fallback !== false) option.default(fallback);
    command.addOption(name === 'model' ? option.hideHelp() : option);
  }
  return command.option(
    '--config <file>',
    `a JSON file with these settings, maxQueue for --max-queue (env: ${configVariable})`,
  );
}

const parserOf = (name: SettingName) => (text: string) => {
  try {
    return settingValue(name, settings[name].kind.parse(text), flagOf(name));
  } catch (error) {
    if (!(error instanceof OnwardError)) throw error;
    const said = messageOf(error).slice(`${flagOf(name)}: `.length);
    throw new InvalidArgumentError(`${said[0]!.toUpperCase()}${said.slice(1)}.`);
  }
};

/** What is in force: the flags of a command line before the environment before the file. */
export async function settingsOf(command: Command, argument: string | undefined): Promise<Resolved> {
  const given = command.opts();
  const flags: Record<string, unknown> = {};
  for (const name of settingNames) if (command.getOptionValueSource(name) === 'cli') flags[name] = given[name];
  if (argument !== undefined) flags.model = argument;
  const path: string | undefined = given.config ?? (process.env[configVariable] || undefined);
  return resolveSettings({ flags, env: process.env, file: path === undefined ? {} : await readConfig(path) });
}
