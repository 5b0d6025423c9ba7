import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Availability, sha256Hex } from '../runtime/common/index.js';
import { inCache, sizeOf, wholeFolder } from './cache.js';
import { command, lastWords } from './command.js';
import { nvidiaDriver } from './nvidia.js';
import { Impossible, type SetupOutcome, type StepOptions, step } from './outcome.js';
import { findPeer, remedyFor, requirePeer } from './peers.js';
import { unpackWheels } from './wheels.js';

/**
 * What TensorFlow 2.21's wheel asks for with `[and-cuda]`, pinned. CUDA 12, as ONNX Runtime's provider has it: two major
 * versions of CUDA do not live in one process.
 */
const wheels = [
  'nvidia-cudnn-cu12==9.28.0.42',
  'nvidia-cublas-cu12==12.9.3.13',
  'nvidia-cuda-cupti-cu12==12.9.79',
  'nvidia-cuda-nvcc-cu12==12.9.86',
  'nvidia-cuda-nvrtc-cu12==12.9.86',
  'nvidia-cuda-runtime-cu12==12.9.79',
  'nvidia-cufft-cu12==11.4.1.4',
  'nvidia-curand-cu12==10.3.10.19',
  'nvidia-cusolver-cu12==11.7.5.82',
  'nvidia-cusparse-cu12==12.5.10.65',
  'nvidia-nccl-cu12==2.32.3',
  'nvidia-nvjitlink-cu12==12.9.86',
];

/** Where NVIDIA's libraries lie in the cache, in `nvidia/<library>/lib`, for TensorFlow and ONNX Runtime alike. */
export function cudaFolder(): string {
  return inCache('cuda', `12-${sha256Hex(new TextEncoder().encode(wheels.join())).slice(0, 8)}`);
}

/** Brings NVIDIA's libraries for CUDA 12 and cuDNN 9. Never throws. */
export function ensureCuda({ onProgress, signal }: StepOptions = {}): Promise<SetupOutcome> {
  return step('CUDA 12 libraries', async () => {
    const folder = cudaFolder();
    const status = await wholeFolder(
      folder,
      (temporary) => unpackWheels(temporary, wheels, { onProgress, signal }),
      () => onProgress?.('Another process is fetching the CUDA libraries; waiting for it'),
      signal,
    );
    return { status, folder, bytes: await sizeOf(folder) };
  });
}

/**
 * The environment in which ONNX Runtime's CUDA provider finds NVIDIA's libraries. A process reads it when it starts, so
 * give it to a child process.
 * @returns undefined where `setup` has not brought them (they may still be the system's own)
 */
export function cudaEnvironment(): { LD_LIBRARY_PATH: string } | undefined {
  const nvidia = join(cudaFolder(), 'nvidia');
  if (!existsSync(nvidia)) return undefined;
  const folders = readdirSync(nvidia)
    .map((name) => join(nvidia, name, 'lib'))
    .filter(existsSync);
  return { LD_LIBRARY_PATH: [...folders, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':') };
}

const providerFiles = [
  'libonnxruntime_providers_cuda.so',
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_tensorrt.so',
];

/** The folder of onnxruntime-node with the binding of this platform. */
export function onnxRuntimeBinding(packageFolder: string): string {
  return join(packageFolder, 'bin', 'napi-v6', process.platform, process.arch);
}

/**
 * Whether ONNX Runtime's CUDA provider can be used: a driver, and the provider's library beside the binding. Asking for
 * the provider without them throws inside ONNX Runtime, so ask here first. Never throws.
 */
export async function cudaProvider(): Promise<Availability> {
  const remedy = 'run `npx onward setup runtime`';
  const driver = await nvidiaDriver();
  if (!driver.available) {
    return { available: false, reason: driver.reason, remedy: 'use a machine with an NVIDIA GPU and its driver' };
  }
  const peer = findPeer('onnxruntime-node');
  if (!peer) {
    return {
      available: false,
      reason: 'the package onnxruntime-node is not here',
      remedy: `run ${remedyFor('onnxruntime-node')}`,
    };
  }
  const file = join(onnxRuntimeBinding(peer.folder), providerFiles[0]!);
  if (!existsSync(file)) return { available: false, reason: `${file} is not there`, remedy };
  return { available: true, version: peer.version, device: driver.name };
}

/** Brings ONNX Runtime's CUDA provider with the package's own script. Never throws. */
export function ensureCudaProvider({ onProgress, signal }: StepOptions = {}): Promise<SetupOutcome> {
  return step("ONNX Runtime's CUDA provider", async () => {
    const { folder: packageFolder, version } = requirePeer('onnxruntime-node');
    const folder = onnxRuntimeBinding(packageFolder);
    const files = providerFiles.map((name) => join(folder, name));
    if (existsSync(files[0]!)) return { status: 'reused', folder };
    onProgress?.(`Fetching ONNX Runtime ${version}'s CUDA provider with its own script`);
    const script = join(packageFolder, 'script', 'install.js');
    const result = await command(process.execPath, [script], {
      cwd: dirname(dirname(script)),
      env: { ...process.env, NODE_OPTIONS: '', ONNXRUNTIME_NODE_INSTALL: 'cuda12' },
      signal,
    });
    if (result.code === 0 && existsSync(files[0]!)) return { status: 'made', folder };
    // What it wrote before it failed would be taken for the provider.
    await Promise.all(files.map((file) => rm(file, { force: true })));
    throw new Impossible(
      `onnxruntime-node's own script could not fetch the provider (${lastWords(result)})`,
      'open the network to the NuGet feed that this script downloads from, and run `npx onward setup runtime` again',
    );
  });
}
