import { pathToFileURL } from 'node:url';
import { inRoot } from './root.mjs';

/** The built door of `machine`. */
export const machine = () => import(pathToFileURL(inRoot('dist', 'machine', 'index.js')).href);

/** Brings what the tests need, and prints what this machine cannot have: their tests then skip with that reason. */
export async function setUpMachine() {
  const { setup } = await machine();
  const outcomes = await setup({ onProgress: (line) => console.log(line) });
  for (const { what, status, reason, remedy, seconds } of outcomes) {
    if (status === 'impossible') console.log(`Absent: ${what}: ${reason}; ${remedy}.`);
    if (status === 'made') console.log(`Made: ${what} (${seconds} s)`);
  }
}
