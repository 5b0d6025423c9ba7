// npm start: from a clone to a served model. What it does is `onward start`; here is what has to be there for that.
import { ensure } from './lib/ensure.mjs';
import { inRoot } from './lib/root.mjs';
import { runNode } from './lib/run.mjs';

await ensure();
process.exitCode = await runNode(inRoot('dist', 'cli', 'bin.js'), ['start', ...process.argv.slice(2)]);
