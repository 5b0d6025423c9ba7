// node scripts/nsfwjs-model.mjs <folder>: writes the MobileNetV2 of the npm package nsfwjs, which `npm run models` brings, as a
// model.json with its weights: a trained network to try `onward train --backbone` with. It takes images between 0 and 1.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inRoot } from './lib/root.mjs';
import { stop } from './lib/stop.mjs';

const [folder] = process.argv.slice(2);
if (!folder) stop('Expected a folder to write to: node scripts/nsfwjs-model.mjs models/nsfwjs', 2);
const models = execFileSync(process.execPath, [inRoot('scripts', 'models.mjs'), '--path'], { encoding: 'utf8' }).trim();
const from = join(models, 'node_modules', 'nsfwjs', 'dist', 'models', 'mobilenet_v2');
const load = createRequire(import.meta.url);
const json = load(join(from, 'model.min.js'));
mkdirSync(folder, { recursive: true });
for (const path of json.weightsManifest.flatMap((group) => group.paths)) {
  writeFileSync(join(folder, path), Buffer.from(load(join(from, `${path}.min.js`)), 'base64'));
}
writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
console.log(join(folder, 'model.json'));
