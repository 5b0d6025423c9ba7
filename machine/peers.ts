import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { OnwardError, sha256Hex } from '../runtime/common/index.js';
import { inCache } from './cache.js';

/** What each name is when it is imported. */
export interface PeerModules {
  'onnxruntime-node': typeof import('onnxruntime-node');
  '@tensorflow/tfjs': typeof import('@tensorflow/tfjs');
  '@tensorflow/tfjs-node-gpu': typeof import('@tensorflow/tfjs-node-gpu');
  '@tensorflow/tfjs-backend-wasm': typeof import('@tensorflow/tfjs-backend-wasm');
  'node-api-headers': { readonly include_dir: string };
  mnist: unknown;
  'playwright-core': typeof import('playwright-core');
  '@sparticuz/chromium': typeof import('@sparticuz/chromium');
  '@grpc/grpc-js': typeof import('@grpc/grpc-js');
}
export type PeerName = keyof PeerModules;

/** What `setup` can bring, each part by itself. */
export const partNames = ['runtime', 'training', 'browser', 'fonts', 'grpc'] as const;
export type PartName = (typeof partNames)[number];

// ONNX Runtime 1.30 keeps a device's number and a database of usage events in the home folder. Not for us, unless somebody
// asks for it. Here and not where it is loaded: a worker thread cannot set what native code sees.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

/**
 * Packages that onward uses where they are and does not depend on, with the version that it is tested with. One found in
 * a project serves when it has the same major version and at least this minor one.
 */
export const peers: { readonly [name in PeerName]: { readonly version: string; readonly part: PartName } } = {
  'onnxruntime-node': { version: '1.30.0', part: 'runtime' },
  '@tensorflow/tfjs': { version: '4.22.0', part: 'training' },
  '@tensorflow/tfjs-node-gpu': { version: '4.22.0', part: 'training' },
  '@tensorflow/tfjs-backend-wasm': { version: '4.22.0', part: 'training' },
  'node-api-headers': { version: '1.9.0', part: 'training' },
  mnist: { version: '1.1.0', part: 'training' },
  'playwright-core': { version: '1.58.2', part: 'browser' },
  '@sparticuz/chromium': { version: '147.0.0', part: 'browser' },
  '@grpc/grpc-js': { version: '1.14.7', part: 'grpc' },
};

/** These share one tfjs-core, where tensors, gradients and kernels are registered: they must come from one place. */
const tensorflowFamily: readonly PeerName[] = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-node-gpu',
];

export interface FoundPeer {
  readonly name: PeerName;
  readonly version: string;
  /** The package's folder. */
  readonly folder: string;
  /** `project`: the user's; `onward`: beside onward itself; `cache`: what `setup` brought. */
  readonly place: Place['name'];
  /** Requires as a file in the place does: `require('@tensorflow/tfjs-node-gpu/dist/version.js')`. */
  readonly require: NodeJS.Require;
}

interface Place {
  readonly name: 'project' | 'onward' | 'cache';
  readonly require: NodeJS.Require;
}

/** The packages of a part with their pinned versions, as package.json writes dependencies. */
export function packagesOf(part: PartName): { [name in PeerName]?: string } {
  // The package with a Chromium has one for Linux x64 only.
  const useless = process.platform === 'linux' && process.arch === 'x64' ? '' : '@sparticuz/chromium';
  const entries = Object.entries(peers).filter(([name, peer]) => peer.part === part && name !== useless);
  return Object.fromEntries(entries.map(([name, peer]) => [name, peer.version]));
}

/** Where `setup` puts the packages of a part. A change of versions makes another folder, so none is ever half old. */
export function peersFolder(part: PartName): string {
  const digest = sha256Hex(new TextEncoder().encode(JSON.stringify(packagesOf(part)))).slice(0, 8);
  return inCache('peers', `${part}-${digest}`);
}

/**
 * Looks for a package in the user's project, then beside onward, then in the cache.
 * @returns undefined when it is in none of them (or only in versions that do not serve)
 */
export function findPeer(name: PeerName): FoundPeer | undefined {
  if (!tensorflowFamily.includes(name)) return first(places(peers[name].part).map((place) => lookIn(place, name)));
  const families = places('training').map(familyIn);
  // The most complete family; of two alike, the earlier place.
  const best = families.reduce((a, b) => (b.length > a.length ? b : a));
  return best.find((peer) => peer.name === name);
}

/** @throws OnwardError kind `missing`, with the command that brings the package */
export function requirePeer(name: PeerName): FoundPeer {
  const found = findPeer(name);
  if (found) return found;
  const { version, part } = peers[name];
  const others = places(part)
    .map((place) => versionIn(place, name))
    .filter((other) => other !== undefined);
  const came = others.length
    ? `only ${others.map((other) => other.version).join(' and ')} is there`
    : 'it is not there';
  throw new OnwardError('missing', `This needs the package ${name} ${version}, but ${came}: run ${remedyFor(name)}.`);
}

/** What brings a package: `npx onward setup runtime` or `npm install ... --ignore-scripts`. */
export function remedyFor(name: PeerName): string {
  const { version, part } = peers[name];
  return `\`npx onward setup ${part}\` (or \`npm install ${name}@${version} --ignore-scripts\`)`;
}

/**
 * Loads an optional package from wherever it is.
 * @throws OnwardError kind `missing` when it is nowhere, with what brings it
 */
export async function importPeer<Name extends PeerName>(name: Name): Promise<PeerModules[Name]> {
  return requirePeer(name).require(name) as PeerModules[Name];
}

function places(part: PartName): Place[] {
  return [
    { name: 'project', require: createRequire(join(process.cwd(), 'package.json')) },
    { name: 'onward', require: createRequire(import.meta.url) },
    { name: 'cache', require: createRequire(join(peersFolder(part), 'package.json')) },
  ];
}

function lookIn(place: Place, name: PeerName): FoundPeer | undefined {
  const found = versionIn(place, name);
  return found && serves(found.version, peers[name].version) ? found : undefined;
}

function versionIn(place: Place, name: PeerName): FoundPeer | undefined {
  // Looked up by folder: not every package lets its package.json be resolved.
  for (const folder of place.require.resolve.paths(name) ?? []) {
    const file = join(folder, name, 'package.json');
    if (!existsSync(file)) continue;
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    return { name, version, folder: realpathSync(dirname(file)), place: place.name, require: place.require };
  }
  return undefined;
}

function serves(found: string, wanted: string): boolean {
  const [major, minor] = found.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  return major === wantedMajor && minor! >= wantedMinor!;
}

/** The TensorFlow.js packages of one place that share one tfjs-core; none without `@tensorflow/tfjs`. */
function familyIn(place: Place): FoundPeer[] {
  const members = tensorflowFamily.map((name) => lookIn(place, name)).filter((peer) => peer !== undefined);
  const head = members.find((peer) => peer.name === '@tensorflow/tfjs');
  if (!head) return [];
  const core = coreOf(head);
  return members.filter((peer) => coreOf(peer) === core);
}

function coreOf(peer: FoundPeer): string | undefined {
  try {
    let from = createRequire(join(peer.folder, 'package.json'));
    // tfjs-node-gpu reaches the core through `@tensorflow/tfjs`.
    if (peer.name === '@tensorflow/tfjs-node-gpu') from = createRequire(from.resolve('@tensorflow/tfjs'));
    return realpathSync(from.resolve('@tensorflow/tfjs-core'));
  } catch {
    return undefined;
  }
}

function first<T>(items: readonly (T | undefined)[]): T | undefined {
  return items.find((item) => item !== undefined);
}
