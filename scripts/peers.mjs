// npm run peers: a virtual environment in the cache with the Python tools that onward is checked against.
//   --bench  with those that it is measured against, too (several GB)
//   --path   prints the path of its python and makes nothing; exits 1 when it is not there
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './lib/ensure.mjs';
import { inRoot } from './lib/root.mjs';
import { run } from './lib/run.mjs';
import { machine } from './lib/setup.mjs';
import { orExit, stop } from './lib/stop.mjs';

const args = process.argv.slice(2);
const unknown = args.find((arg) => !['--bench', '--path'].includes(arg));
const files = ['requirements.txt', ...(args.includes('--bench') ? ['requirements-bench.txt'] : [])].map((name) =>
  inRoot('scripts', 'peers', name),
);

await orExit(async () => {
  if (unknown)
    stop(`Expected --bench or --path, got ${unknown}: run \`npm run peers -- --bench\` or \`npm run peers\`.`, 2);
  if (args.includes('--path')) {
    // Builds nothing, so that it can be asked often.
    const python = existsSync(inRoot('dist', 'machine', 'index.js')) ? pythonIn(await environmentFolder()) : '';
    if (!existsSync(python)) stop('The Python peers are not there: run `npm run peers`.');
    console.log(python);
    return;
  }
  await ensure();
  const folder = await environmentFolder();
  const { wholeFolder } = await machine();
  await wholeFolder(folder, makeEnvironment, () =>
    console.log('Another process is installing the peers; waiting for it'),
  );
  console.log(pythonIn(folder));
});

/** One folder for each set of requirements. */
async function environmentFolder() {
  const { inCache } = await machine();
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return inCache('python', `peers${args.includes('--bench') ? '-bench' : ''}-${hash.digest('hex').slice(0, 8)}`);
}

function pythonIn(folder) {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** Fills `folder`; it is renamed afterwards, so only its python, which finds its packages by its own place, is for use. */
async function makeEnvironment(folder) {
  const requirements = files.flatMap((file) => ['-r', file]);
  const pip = ['-m', 'pip', '--disable-pip-version-check'];
  if ((await quietly('python3', [...pip, '--version'])) === 0) {
    await orStop(run('python3', ['-m', 'venv', '--without-pip', folder]), 'python3 -m venv');
    const target = ['--python', pythonIn(folder), 'install', '--progress-bar', 'off', '--quiet'];
    const env = { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_ROOT_USER_ACTION: 'ignore' };
    console.log('Installing the Python peers with pip');
    await orStop(run('python3', [...pip, ...target, ...requirements], env), 'pip install');
    return;
  }
  if ((await quietly('uv', ['--version'])) === 0) {
    await orStop(run('uv', ['venv', '--quiet', '--allow-existing', folder]), 'uv venv');
    console.log('Installing the Python peers with uv');
    await orStop(
      run('uv', ['pip', 'install', '--quiet', '--python', pythonIn(folder), ...requirements]),
      'uv pip install',
    );
    return;
  }
  stop(
    'The Python peers need Python 3.11 or newer with pip, or uv, and neither is here: install one and run `npm run peers` again.',
  );
}

async function quietly(program, programArgs) {
  const { spawnSync } = await import('node:child_process');
  return spawnSync(program, programArgs, { stdio: 'ignore' }).status;
}

async function orStop(code, what) {
  if ((await code) !== 0) stop(`${what} did not succeed: see its words above, and run \`npm run peers\` again.`);
}
