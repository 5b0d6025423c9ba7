import { readFileSync } from 'node:fs';
import { findPeer, type PeerName, peers, remedyFor } from 'onward/machine';
import { expect, test } from 'vitest';
import { runModule, temporaryCache } from './child.js';

const packageFile = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: { [name: string]: string } };
const names = Object.keys(peers) as PeerName[];

test.each(names)('the clone has %s in the version that setup brings to others', (name) => {
  expect(packageFile.devDependencies).toHaveProperty([name]);
  expect(findPeer(name)).toMatchObject({ version: peers[name].version, place: 'project' });
});

test('a package that is nowhere is an error that says what brings it', async () => {
  // As an installed package sees it: copied to where no node_modules is.
  const cache = temporaryCache();
  const { stdout } = await runModule(
    `
    import { cpSync, mkdirSync } from 'node:fs';
    const folder = ${JSON.stringify(cache)} + '/elsewhere';
    for (const name of ['env-paths', 'proper-lockfile', 'graceful-fs', 'retry', 'signal-exit', '@noble/hashes', 'pure-rand', 'fastest-levenshtein'])
      cpSync('node_modules/' + name, folder + '/node_modules/' + name, { recursive: true });
    for (const name of ['machine', 'runtime/common']) cpSync('dist/' + name, folder + '/dist/' + name, { recursive: true });
    cpSync('package.json', folder + '/package.json');
    process.chdir(folder);
    const { importPeer } = await import(folder + '/dist/machine/index.js');
    await importPeer('onnxruntime-node').catch((error) => console.log(error.kind + ': ' + error.message));`,
    { ONWARD_CACHE: cache },
  ).ended;
  expect(stdout.trim()).toBe(
    `missing: This needs the package onnxruntime-node ${peers['onnxruntime-node'].version}, but it is not there: run ${remedyFor('onnxruntime-node')}.`,
  );
});
