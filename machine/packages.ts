import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sizeOf, wholeFolder } from './cache.js';
import { command, lastWords } from './command.js';
import { onnxRuntimeBinding } from './cuda.js';
import { Impossible, type SetupOutcome, type StepOptions, step } from './outcome.js';
import { findPeer, type PartName, type PeerName, packagesOf, peersFolder } from './peers.js';

/**
 * Makes the packages of a part be there: reuses them where the project or onward's own folder has all of them, else
 * installs the pinned versions into the cache, without running their install scripts. Never throws.
 */
export function ensurePackages(part: PartName, { onProgress, signal }: StepOptions = {}): Promise<SetupOutcome> {
  return step(`packages for ${part}`, async () => {
    const packages = packagesOf(part);
    const found = (Object.keys(packages) as PeerName[]).map(findPeer);
    const folder = peersFolder(part);
    if (found.every((peer) => peer && peer.place !== 'cache')) return { status: 'reused' };
    const status = await wholeFolder(
      folder,
      async (temporary) => {
        const names = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
        onProgress?.(`Installing ${names.join(', ')}`);
        await npmInstall(temporary, packages, signal);
        await removeOtherPlatforms(temporary);
        await removeSourceMaps(temporary);
      },
      () => onProgress?.(`Another process is installing the packages for ${part}; waiting for it`),
      signal,
    );
    return { status, folder, bytes: await sizeOf(folder) };
  });
}

/** Installs exact versions into `folder`, without their install scripts. @throws Impossible */
export async function npmInstall(
  folder: string,
  dependencies: { [name: string]: string },
  signal?: AbortSignal,
): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2));
  const npm = npmCommand();
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--no-progress', '--loglevel=error'];
  const result = await command(npm.program, [...npm.args, 'install', '--prefix', folder, ...flags], {
    cwd: folder,
    env: withoutNpmsOwn(process.env),
    signal,
  });
  if (result.code === 0) return;
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH/.test(result.stderr);
  throw new Impossible(
    result.code === null
      ? `npm did not start (${result.stderr.trim()})`
      : `npm could not install ${listed(Object.keys(dependencies))} (${lastWords(result)})`,
    offline ? 'connect to the network and run `npx onward setup` again' : 'run `npx onward setup` again',
  );
}

const listed = (names: string[]) =>
  names.length > 8 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more packages` : names.join(', ');

/** The npm that runs this process, else the one on PATH. */
function npmCommand(): { program: string; args: string[] } {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js') return { program: process.execPath, args: [running] };
  return { program: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}

/** Under `npx` or `npm run`, npm's own variables say which project and command it is about; here it is about another. */
function withoutNpmsOwn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const about =
    /^npm_(config_(prefix|local_prefix|global|call|package|workspace.*|dry_run|omit|include|production)|package_|lifecycle_|command)/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !about.test(name)));
}

/** onnxruntime-node carries its library for every platform; this folder is for one. */
async function removeOtherPlatforms(folder: string): Promise<void> {
  const binding = onnxRuntimeBinding(join(folder, 'node_modules', 'onnxruntime-node'));
  const kept = { platform: basename(dirname(binding)), arch: basename(binding) };
  const platforms = dirname(dirname(binding));
  for (const platform of await readdir(platforms).catch(() => [])) {
    for (const arch of await readdir(join(platforms, platform))) {
      if (platform === kept.platform && arch === kept.arch) continue;
      await rm(join(platforms, platform, arch), { recursive: true });
    }
  }
}

/** More than half of what TensorFlow.js weighs. */
async function removeSourceMaps(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    if (path.endsWith('.js.map')) await rm(join(folder, path));
  }
}
