// node scripts/layer-figures.mjs [layers] [recurrent] [keras]: has the tests of the exporter write what they find of each layer class into
// docs/layers.json, which `onward export --list-layers` prints, and puts the same table into docs/export.md. Of suites that are
// not named, when some are, what was found before stays.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handlers } from 'onward/export';
import { layerRows } from '#onward/cli/lib/layer-list.js';
import { inRoot, root } from './lib/root.mjs';

const named = process.argv.slice(2);
const suites = (named.length > 0 ? named : ['layers', 'recurrent', 'keras']).map(
  (name) => `test/export/${name}.test.ts`,
);
const before = named.length > 0 ? JSON.parse(await readFile(inRoot('docs', 'layers.json'), 'utf8')) : [];
const folder = await mkdtemp(join(tmpdir(), 'onward-figures-'));
try {
  const vitest = ['vitest', 'run', '--config', 'config/vitest.config.ts', '--testTimeout', '600000', ...suites];
  const env = { ...process.env, ONWARD_FIGURES: folder };
  const { status } = spawnSync('npx', ['--no-install', ...vitest], { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) throw new Error('the tests failed: nothing was written');

  const found = { tfjs: await merged('tfjs'), keras: await merged('keras') };
  const models = ['Functional', 'InputLayer', 'Model', 'Sequential'];
  const figures = [...models, ...handlers.keys()].sort().map((name) => {
    const [tfjs, keras] = [found.tfjs.get(name), found.keras.get(name)];
    const old = before.find((each) => each.class === name);
    const counts = [...(tfjs?.operators ?? keras?.operators ?? [])];
    // The most frequent first.
    const operators = counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([operator]) => operator);
    return {
      class: name,
      operators: old?.tfjs && !tfjs ? old.operators : operators,
      tfjs: tfjs ? compared(tfjs) : (old?.tfjs ?? null),
      keras: keras ? compared(keras) : (old?.keras ?? null),
    };
  });
  const lines = figures.map((each) => `  ${JSON.stringify(each)}`).join(',\n');
  await writeFile(inRoot('docs', 'layers.json'), `[\n${lines}\n]\n`);

  const [header, ...rows] = layerRows(figures).map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  const table = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const document = await readFile(inRoot('docs', 'export.md'), 'utf8');
  const between = /(<!-- layers -->\n)[\s\S]*?(\n<!-- end of layers -->)/;
  if (!between.test(document)) throw new Error('docs/export.md has no place for the table of layers');
  await writeFile(
    inRoot('docs', 'export.md'),
    document.replace(between, (_, start, end) => start + table + end),
  );
} finally {
  await rm(folder, { recursive: true });
}

function compared(entry) {
  return entry ? { models: entry.models, maxRelDiff: Number(entry.maxRelDiff.toPrecision(2)) } : null;
}

/** What the suites of a kind say, by class. */
async function merged(kind) {
  const all = new Map();
  for (const name of await readdir(join(folder, kind)).catch(() => [])) {
    const entries = Object.entries(JSON.parse(await readFile(join(folder, kind, name), 'utf8')));
    for (const [key, { models, maxRelDiff, operators }] of entries) {
      const before = all.get(key) ?? { models: 0, maxRelDiff: 0, operators: new Map() };
      for (const [operator, count] of Object.entries(operators)) {
        before.operators.set(operator, (before.operators.get(operator) ?? 0) + count);
      }
      before.models += models;
      before.maxRelDiff = Math.max(before.maxRelDiff, maxRelDiff);
      all.set(key, before);
    }
  }
  return all;
}
