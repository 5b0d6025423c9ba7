/** The settings of `onward serve`: one list for flags, the environment and a file. */
export { configSchema, settingsTable } from './describe.js';
export { asFile, readConfig } from './read-config.js';
export { type Resolved, resolveSettings, type Source, settingValue } from './resolve.js';
export { flagOf, type Setting, type SettingName, type Settings, settingNames, settings } from './settings.js';
