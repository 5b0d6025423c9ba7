// Writes the table of settings into docs/serving.md: node scripts/serve-settings.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './lib/root.mjs';

const { settingsTable } = await import('onward/serve');
const path = inRoot('docs', 'serving.md');
const marks = /(<!-- settings: node scripts\/serve-settings\.mjs -->\n)[\s\S]*?(<!-- end -->)/;
writeFileSync(
  path,
  readFileSync(path, 'utf8').replace(marks, (_, begin, end) => `${begin}${settingsTable()}\n${end}`),
);
