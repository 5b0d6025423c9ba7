import { buildAll } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { requireNode } from './node-version.mjs';
import { inRoot } from './root.mjs';
import { orExit } from './stop.mjs';

/** What every command of the clone starts with: the right Node, the packages, the build. Twice at once is once. */
export async function ensure() {
  await orExit(async () => {
    requireNode();
    await withLock(
      inRoot('dist', '.lock'),
      async () => {
        await ensureInstalled();
        await buildAll();
      },
      () => console.error('Another process is installing or building here; waiting for it'),
    );
  });
}
