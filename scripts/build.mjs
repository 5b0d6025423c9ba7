// npm run build: installs what is missing, compiles what changed, bundles the page.
import { ensure } from './lib/ensure.mjs';

await ensure();
