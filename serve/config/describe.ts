import { z } from 'zod';
import { flagOf, type Setting, settingNames, settings } from './settings.js';

const all = settingNames.map((name) => ({ name, ...(settings[name] as Setting<unknown>) }));

/** JSON Schema of a file with settings, for editors. */
export function configSchema(): object {
  const properties = all.map(({ name, kind, meaning, fallback }) => {
    const { $schema, ...schema } = z.toJSONSchema(kind.schema, { io: 'input' });
    return [name, { description: meaning, ...(fallback !== undefined && { default: fallback }), ...schema }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'onward serve',
    type: 'object',
    additionalProperties: false,
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(properties) },
  };
}

/** Every setting as a table in Markdown. */
export function settingsTable(): string {
  const rows = all.map(({ name, kind, meaning, env, fallback }) => {
    const flag = `${flagOf(name)}${kind.placeholder === undefined ? '' : ` <${kind.placeholder}>`}`;
    const normal = fallback === undefined ? '' : `\`${fallback}\``;
    return `| \`${flag}\` | \`${env}\` | \`${name}\` | ${meaning.replace(/ \(default:.*\)/, '')} | ${normal} |`;
  });
  return ['| flag | variable | key | | default |', '|---|---|---|---|---|', ...rows].join('\n');
}
