import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inCache } from '../cache.js';
import { peers } from '../peers.js';

/** The TensorFlow whose C API the addon is linked with. */
export const tensorflowVersion = '2.21.0';

/** The wheel that carries TensorFlow's libraries for this platform, or undefined where nobody builds one. */
export function wheelFor(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
  cuda = false,
): string | undefined {
  switch (`${platform}-${arch}`) {
    case 'linux-x64':
      // The same library without the parts for GPUs: a third of the download.
      return cuda ? 'tensorflow' : 'tensorflow-cpu';
    case 'linux-arm64':
    case 'darwin-arm64':
      return cuda ? undefined : 'tensorflow';
    default:
      return undefined;
  }
}

/** The names of TensorFlow's two libraries as the wheels of a platform call them. */
export function libraryNames(platform: NodeJS.Platform = process.platform): readonly [string, string] {
  return platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
}

/** Of `functions.cc`, our part of the addon: to be counted up when it changes, so that nobody goes on with an earlier build. */
const functionsVersion = 2;

/** The folder of a build in the cache: one for each TensorFlow, platform, kind of device and addon. */
export function buildFolder(cuda: boolean): string {
  const addon = peers['@tensorflow/tfjs-node-gpu'].version;
  const device = cuda ? '-cuda' : '';
  return inCache(
    'tensorflow',
    `${tensorflowVersion}-${process.platform}-${process.arch}${device}-${addon}-${functionsVersion}`,
  );
}

/**
 * In a build's folder the libraries lie in `tensorflow/` and NVIDIA's in `nvidia/`, as in the wheels: the libraries look
 * for each other by these relative paths.
 */
export const addonIn = (build: string) => join(build, 'tensorflow', 'tfjs_binding.node');
export const quietAddonIn = (build: string) => join(build, 'tensorflow', 'onward_quiet.node');

/** The addons that the package brought itself where its install script could download them. */
export function prebuiltAddons(packageFolder: string): string[] {
  const lib = join(packageFolder, 'lib');
  try {
    return readdirSync(lib)
      .filter((name) => name.startsWith('napi-v'))
      .sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)))
      .map((name) => join(lib, name, 'tfjs_binding.node'));
  } catch {
    return [];
  }
}
