#!/usr/bin/env node
// The command. It stands apart from dist/, which a clone does not have yet, so that `npx onward` is there at once: a clone
// installs and builds what is missing first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/cli/bin.js', import.meta.url);
if (!existsSync(built)) {
  const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
  // stdout belongs to what was asked for.
  const { status } = spawnSync(process.execPath, [build], { stdio: ['inherit', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
await import(built.href);
