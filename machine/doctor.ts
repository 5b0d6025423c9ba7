import { readdir } from 'node:fs/promises';
import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Availability } from '../runtime/common/index.js';
import { probeBrowser } from './browser/index.js';
import { cacheFolder, sizeOf } from './cache.js';
import { cudaProvider } from './cuda.js';
import { probeFonts } from './fonts.js';
import { type NvidiaDriver, nvidiaDriver } from './nvidia.js';
import { findPeer, type PartName, type PeerName, peers, remedyFor } from './peers.js';
import { findCompiler } from './tensorflow/index.js';
import { findWheelInstaller } from './wheels.js';

/** Facts about this machine; every absence has its reason. */
export interface MachineReport {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly release: string;
  readonly processor: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  readonly cache: {
    readonly folder: string;
    readonly bytes: number;
    /** What lies in it, two levels deep: `tensorflow/2.21.0-linux-x64-4.22.0`. */
    readonly entries: readonly { readonly name: string; readonly bytes: number }[];
  };
  readonly compiler: Availability;
  /** pip or uv, with which the TensorFlow wheel is fetched. */
  readonly wheelInstaller: Availability;
  readonly nvidia: NvidiaDriver;
  readonly cudaProvider: Availability;
  readonly browser: Availability;
  /** With which street digits are drawn. */
  readonly fonts: Availability;
  readonly packages: readonly (
    | { readonly name: PeerName; readonly part: PartName; readonly version: string; readonly folder: string }
    | { readonly name: PeerName; readonly part: PartName; readonly version: undefined; readonly remedy: string }
  )[];
}

/** Looks at everything and changes nothing; takes a second or two. Never throws. */
export async function describeMachine(): Promise<MachineReport> {
  const [cache, compiler, wheelInstaller, nvidia, provider, browser, fonts] = await Promise.all([
    describeCache(),
    probeCompiler(),
    probeWheelInstaller(),
    nvidiaDriver(),
    cudaProvider(),
    probeBrowser(),
    probeFonts(),
  ]);
  return {
    node: process.versions.node,
    platform: platform(),
    arch: arch(),
    release: release(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    cache,
    compiler,
    wheelInstaller,
    nvidia,
    cudaProvider: provider,
    browser,
    fonts,
    packages: Object.entries(peers).map(([key, { part }]) => {
      const name = key as PeerName;
      const found = findPeer(name);
      return found
        ? { name, part, version: found.version, folder: found.folder }
        : { name, part, version: undefined, remedy: `run ${remedyFor(name)}` };
    }),
  };
}

async function describeCache(): Promise<MachineReport['cache']> {
  const folder = cacheFolder();
  const entries: { name: string; bytes: number }[] = [];
  for (const kind of await readdir(folder).catch(() => [])) {
    for (const name of await readdir(join(folder, kind)).catch(() => [])) {
      if (name.endsWith('.lock')) continue;
      entries.push({ name: `${kind}/${name}`, bytes: await sizeOf(join(folder, kind, name)) });
    }
  }
  return { folder, bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0), entries };
}

/** The C++ compiler that the native TensorFlow backend is built with. */
export async function probeCompiler(): Promise<Availability> {
  const found = await findCompiler();
  if (found) return { available: true, version: found.version, device: found.program };
  const install = process.platform === 'darwin' ? 'run `xcode-select --install`' : 'install g++';
  return { available: false, reason: 'no g++, clang++ or c++ on PATH, and CXX names none', remedy: install };
}

/** What fetches the TensorFlow wheel. */
export async function probeWheelInstaller(): Promise<Availability> {
  const found = await findWheelInstaller();
  if (found) return { available: true, version: `${found.name} ${found.version}`, device: found.program };
  return {
    available: false,
    reason: 'neither pip (of `python3` or `python`) nor uv is here',
    remedy: 'install Python with pip, or uv',
  };
}
