import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Of the environment that `npm run peers` makes; undefined where nobody made it. */
const python = await run('node', ['scripts/peers.mjs', '--path']).then(
  ({ stdout }) => stdout.trim(),
  () => undefined,
);

/** Whether comparisons with Python are left out here: never where they are required, so that there they fail. */
export const skipsPython = !python && process.env.ONWARD_PEERS !== 'required';
if (skipsPython) console.log('skipped, the Python peers are not there: run `npm run peers`');

export function pythonPath(): string {
  if (!python) throw new Error('ONWARD_PEERS=required, and the Python peers are not there: run `npm run peers`');
  return python;
}

/** What Python prints. */
export const inPython = async (...args: string[]): Promise<string> =>
  (await run(pythonPath(), args, { timeout: 100_000 })).stdout;
