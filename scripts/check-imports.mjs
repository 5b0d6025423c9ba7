// npm run lint: which folder may import which, as docs and reviewers cannot keep watch over it.
//   node scripts/check-imports.mjs [folder]   prints each violation as file:line and exits 1 when there is one
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { importsOf } from './lib/imports.mjs';
import { root } from './lib/root.mjs';

/** What each folder may import besides itself. `runtime/common` is for everyone. */
const may = {
  'runtime/common': [],
  'runtime/image': [],
  'runtime/model': ['runtime/model/tensors'],
  'runtime/model/tensors': ['runtime/model'],
  'runtime/engines': ['runtime/image', 'runtime/model', 'runtime/model/tensors', 'machine'],
  machine: [],
  plot: [],
  data: ['runtime/image', 'machine'],
  'train/augment': ['runtime/image'],
  train: ['data', 'runtime/image', 'runtime/model', 'train/augment', 'machine', 'plot'],
  export: ['runtime/model'],
  evaluate: ['data', 'train/augment', 'runtime/image', 'runtime/model', 'runtime/engines', 'machine', 'plot'],
  study: [
    ...['runtime/image', 'runtime/model', 'runtime/engines', 'machine', 'plot'],
    ...['data', 'train', 'export', 'evaluate'],
  ],
  protocol: [],
  client: ['protocol'],
  serve: [
    ...[
      'evaluate',
      'protocol',
      'runtime/image',
      'runtime/model',
      'runtime/model/tensors',
      'runtime/engines',
      'machine',
    ],
  ],
  web: ['runtime/image', 'runtime/model', 'runtime/engines', 'export'],
  cli: [
    ...['runtime/image', 'runtime/model', 'runtime/engines', 'machine'],
    ...['data', 'train', 'train/augment', 'export', 'evaluate', 'study', 'serve', 'web'],
  ],
  bench: [
    ...['runtime/image', 'runtime/model', 'runtime/engines', 'machine', 'plot'],
    ...['data', 'train', 'export', 'evaluate', 'serve'],
  ],
};
/** The longer names first: `train/augment` is not `train`. */
const units = Object.keys(may).sort((a, b) => b.length - a.length);
const doors = /^index(\.node|\.browser)?\.[jt]s$/;
/** Optional packages: a static import of a value would make everything that loads the file need them. */
const optional = /^(@grpc\/|@tensorflow\/|onnxruntime-)/;

const base = resolve(process.argv[2] ?? root);
const violations = [...units, 'test'].flatMap((unit) => filesOf(unit).flatMap((file) => check(unit, file)));
for (const violation of violations) console.error(violation);
if (violations.length) {
  console.error(`${violations.length} imports are not as the house is: see "may" in scripts/check-imports.mjs.`);
  process.exitCode = 1;
}

function check(unit, file) {
  return importsOf(readFileSync(join(base, file), 'utf8')).flatMap((found) => {
    const reason = unit === 'test' ? wrongInTest(file, found) : wrong(unit, file, found);
    return reason ? [`${file}:${found.line}: ${reason}`] : [];
  });
}

/** @returns {string | undefined} why this import is not allowed */
function wrong(unit, file, { specifier, kind }) {
  if (optional.test(specifier)) {
    const bundled = unit === 'web' || file.endsWith('.browser.ts');
    if (bundled || kind !== 'value') return undefined;
    return `imports the optional package ${specifier} statically: import it dynamically, or as a type`;
  }
  const target = targetOf(file, specifier);
  if (target === undefined) return undefined;
  const other = unitOf(target);
  if (other === undefined) return `imports ${target}, which is in no folder of the house`;
  if (other === unit) return undefined;
  if (other !== 'runtime/common' && !may[unit].includes(other)) return `${unit} imports ${other}, which it may not`;
  if (unit === 'runtime/engines' && other === 'machine' && !file.endsWith('.node.ts')) {
    return 'runtime/engines imports machine outside a *.node.ts file';
  }
  // A part of one's own folder needs no door.
  if (other.startsWith(`${unit}/`)) return undefined;
  if (!doors.test(target.slice(other.length + 1))) return `imports past the door of ${other}: ${target}`;
  return undefined;
}

/** Tests import what was built, by the names that users have. */
function wrongInTest(file, { specifier }) {
  if (!specifier.startsWith('.')) return undefined;
  const target = join(dirname(file), specifier).split(sep).join('/');
  if (target.startsWith('test/') || target.startsWith('scripts/')) return undefined;
  return `imports ${target} by its path: use onward/... or #onward/...`;
}

/** The file of ours that a specifier means, relative to the clone; undefined for packages and for Node's modules. */
function targetOf(file, specifier) {
  const path = specifier.replace(/\?.*$/, '');
  if (path.startsWith('.')) return join(dirname(file), path).split(sep).join('/');
  if (path.startsWith('#onward/')) return path.slice('#onward/'.length);
  if (path.startsWith('onward/')) {
    const name = path.slice('onward/'.length);
    return `${may[name] ? name : `runtime/${name}`}/index.js`;
  }
  return undefined;
}

function unitOf(path) {
  return units.find((unit) => path.startsWith(`${unit}/`));
}

/** The TypeScript files of a folder, without those of the folders in it that are listed by themselves. */
function filesOf(folder) {
  let entries;
  try {
    entries = readdirSync(join(base, folder), { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => folder === 'test' || unitOf(path) === folder)
    .sort();
}
