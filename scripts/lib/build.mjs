import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './root.mjs';
import { runNode } from './run.mjs';
import { stop } from './stop.mjs';

/** Compiles what changed, then bundles the page when what it is made of changed. Call it under the lock. */
export async function buildAll() {
  // Not the tests' types: a slip there is found by `npm run types` and keeps nobody from starting.
  const projects = ['shared', 'node', 'browser'].map((name) => inRoot('config', `tsconfig.${name}.json`));
  const compiled = await runNode(inRoot('node_modules', 'typescript', 'bin', 'tsc'), ['-b', ...projects]);
  if (compiled !== 0) stop('The build failed: correct what is named above and run the same command again.', compiled);
  await buildPage();
}

const pageStamp = inRoot('dist', '.page-built');

async function buildPage() {
  const config = inRoot('web', 'vite.config.ts');
  if (!existsSync(config)) return;
  const wanted = fingerprint(['web', 'runtime', 'export'], ['package-lock.json', 'package.json']);
  if (existsSync(pageStamp) && readFileSync(pageStamp, 'utf8') === wanted) return;
  // Away while it is being built: an interrupted build is then not taken for a whole one.
  rmSync(pageStamp, { force: true });
  const built = await runNode(inRoot('node_modules', 'vite', 'bin', 'vite.js'), [
    'build',
    '--config',
    config,
    '--logLevel',
    'warn',
  ]);
  if (built !== 0) stop('The page did not build: correct what is named above and run the same command again.', built);
  mkdirSync(inRoot('dist'), { recursive: true });
  writeFileSync(pageStamp, wanted);
}

/** A digest over path, size and time of the files of some folders, and of some files. */
function fingerprint(folders, files) {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  for (const folder of folders) {
    const entries = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const path of paths.sort()) add(path);
  }
  for (const file of files) add(inRoot(file));
  return hash.digest('hex');
}
