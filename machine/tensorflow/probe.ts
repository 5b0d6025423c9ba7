import { availableParallelism } from 'node:os';
import { type Availability, messageOf } from '../../runtime/common/index.js';
import { command, lastWords } from '../command.js';
import { nvidiaDriver } from '../nvidia.js';
import { findPeer, remedyFor } from '../peers.js';
import { bindingFiles } from './binding.js';
import type { BackendName } from './load.js';
import { addonIn, buildFolder } from './place.js';

/** Looks whether a training backend works here; never throws, and leaves this process as it was. */
export async function probeTensorFlow(backend: BackendName): Promise<Availability> {
  try {
    return await (backend === 'native' ? probeNative() : probeWasm());
  } catch (error) {
    return { available: false, reason: messageOf(error), remedy: 'run `npx onward setup training`' };
  }
}

async function probeNative(): Promise<Availability> {
  for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-node-gpu'] as const) {
    if (!findPeer(name)) return missingPackage(name);
  }
  const remedy = 'run `npx onward setup training`';
  const files = await bindingFiles();
  if (!files.length) {
    return { available: false, reason: `it is not built: ${addonIn(buildFolder(false))} is not there`, remedy };
  }
  let reason = '';
  for (const { file, quiet } of files) {
    const tried = await tryAddon(file, quiet);
    if (tried.version) {
      const driver = await nvidiaDriver();
      const device = tried.gpu && driver.available ? driver.name : cpuDevice();
      return { available: true, version: tried.version, device };
    }
    reason = `it does not load (${tried.reason})`;
  }
  return { available: false, reason, remedy: `remove ${buildFolder(false)} and ${remedy} again` };
}

async function probeWasm(): Promise<Availability> {
  const tf = findPeer('@tensorflow/tfjs');
  if (!tf) return missingPackage('@tensorflow/tfjs');
  if (!findPeer('@tensorflow/tfjs-backend-wasm')) return missingPackage('@tensorflow/tfjs-backend-wasm');
  return { available: true, version: tf.version, device: wasmDevice };
}

function missingPackage(name: Parameters<typeof remedyFor>[0]): Availability {
  return { available: false, reason: `the package ${name} is not here`, remedy: `run ${remedyFor(name)}` };
}

export function cpuDevice(): string {
  const threads = availableParallelism();
  return `CPU (${threads} ${threads === 1 ? 'thread' : 'threads'})`;
}

/** In Node this backend has SIMD and no threads. */
export const wasmDevice = 'CPU (1 thread, WASM)';

/**
 * Loads an addon in a process of its own: one that was built for another processor takes the process with it.
 * @returns TensorFlow's version, or why it does not load
 */
export async function tryAddon(
  file: string,
  quiet?: string,
): Promise<{ version: string; gpu: boolean; reason?: undefined } | { version?: undefined; reason: string }> {
  const code = `
    const [file, quiet] = process.argv.slice(1);
    try { quiet && require(quiet).begin(); } catch {}
    const addon = require(file);
    console.log(JSON.stringify({ version: addon.TF_Version, gpu: addon.isUsingGpuDevice() }));`;
  const result = await command(process.execPath, ['-e', code, file, quiet ?? ''], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
    timeout: 120_000,
  });
  const line = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.code === 0 && line.startsWith('{')) return JSON.parse(line) as { version: string; gpu: boolean };
  const error = /Error: .*/.exec(result.stderr)?.[0];
  return { reason: error ?? lastWords(result) };
}
