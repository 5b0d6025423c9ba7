import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { inRoot } from './root.mjs';
import { runNpm } from './run.mjs';
import { stop } from './stop.mjs';

const lockfile = inRoot('package-lock.json');
/** Written after an installation, with what it was for: an interrupted one leaves none. */
const stamp = inRoot('node_modules', '.onward-installed');
/** npm's own, written when it is done. */
const npmsRecord = inRoot('node_modules', '.package-lock.json');

/** Installs the packages when they are not there or are not those of package-lock.json. Call it under the lock. */
export async function ensureInstalled() {
  const wanted = fingerprint();
  if (isInstalled(wanted)) return;
  console.log('Installing packages (npm ci)');
  const code = await runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    stop(
      'npm ci did not succeed: see its words above; with a network and a package-lock.json that fits package.json, run the same command again.',
      code,
    );
  }
  writeFileSync(stamp, wanted);
}

function isInstalled(wanted) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  // Installed by hand, after the last change.
  return existsSync(npmsRecord) && statSync(npmsRecord).mtimeMs >= statSync(lockfile).mtimeMs;
}

function fingerprint() {
  const digest = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  return `${digest} ${process.platform} ${process.arch}`;
}
