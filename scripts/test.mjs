// npm test: everything that the tests need, then the tests; npm run test:slow: those that take minutes.
// Arguments go to vitest: npm test -- test/machine
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure } from './lib/ensure.mjs';
import { inRoot } from './lib/root.mjs';
import { runNode } from './lib/run.mjs';
import { setUpMachine } from './lib/setup.mjs';

const slow = process.argv.includes('--slow');
const args = process.argv.slice(2).filter((arg) => arg !== '--slow');

await ensure();
await setUpMachine();

const folder = mkdtempSync(join(tmpdir(), 'onward-test-'));
const results = join(folder, 'results.json');
const config = inRoot('config', slow ? 'vitest.slow.config.ts' : 'vitest.config.ts');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
const code = await runNode(inRoot('node_modules', 'vitest', 'vitest.mjs'), [
  'run',
  `--config=${config}`,
  ...reporters,
  ...args,
]);
console.log(closingLine(results));
rmSync(folder, { recursive: true });
process.exitCode = code;

/** `12 passed, 0 failed, 1 skipped`; a file that does not even load counts as one that failed. */
function closingLine(path) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
      if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) counts.failed++;
      for (const { status } of file.assertionResults) counts[status in counts ? status : 'skipped']++;
    }
  } catch {
    console.error('vitest wrote no results: its words are above.');
    counts.failed = 1;
  }
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}
