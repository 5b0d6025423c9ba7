// npm run bench: how fast onward is, beside what others use for the same work; docs/bench.md says how to read it.
// It builds, and brings the Python peers when a benchmark needs them.
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { ensure } from './lib/ensure.mjs';
import { inRoot, root } from './lib/root.mjs';

await ensure();
const { main } = await import(pathToFileURL(inRoot('dist', 'bench', 'main.js')).href);
process.exitCode = await main(process.argv.slice(2), findPython);

/** The python of the peers that onward is measured against, installed when it is not there. */
async function findPython() {
  const there = peers('--path');
  if (there.status === 0) return there.stdout.trim();
  console.error('Bringing the Python peers (npm run peers -- --bench): several GB, once');
  const made = peers();
  if (made.status === 0) return peers('--path').stdout.trim();
  throw new Error(`the Python peers cannot be had here: ${made.stderr.trim().split('\n').slice(-2).join(' ')}`);
}

function peers(...args) {
  return spawnSync(process.execPath, [inRoot('scripts', 'peers.mjs'), '--bench', ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
}
