import { readFileSync } from 'node:fs';
import { inRoot } from './root.mjs';
import { stop } from './stop.mjs';

/** Ends the process with one sentence when this Node is older than package.json asks for. */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const wanted = engines.node.replace(/[^\d.]/g, '');
  if (compare(process.versions.node, wanted) >= 0) return;
  stop(
    `onward needs Node ${wanted} or newer, and this is Node ${process.versions.node}: install a newer one and run the same command again.`,
  );
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}
