import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.js';

export type NvidiaDriver =
  | { readonly available: true; readonly name: string; readonly names: readonly string[]; readonly driver: string }
  | { readonly available: false; readonly reason: string };

const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/lib/wsl/lib',
  '/usr/local/nvidia/lib64',
];

let driver: Promise<NvidiaDriver> | undefined;

/** The NVIDIA GPUs, in the order of their buses, and their driver, or exactly why there is none. Asked once a process. Never throws. */
export function nvidiaDriver(): Promise<NvidiaDriver> {
  driver ??= askDriver();
  return driver;
}

async function askDriver(): Promise<NvidiaDriver> {
  if (process.platform !== 'linux') {
    return none(`CUDA is used on Linux only, and this is ${process.platform}`);
  }
  const folders = [...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean), ...libraryFolders];
  const library = folders.map((folder) => join(folder, 'libcuda.so.1')).find(existsSync);
  const smi = await command('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'], {
    timeout: 10_000,
  });
  if (smi.code === null && !library) return none('no NVIDIA driver: neither nvidia-smi nor libcuda.so.1 is there');
  if (smi.code === null) return none(`${library} is there, but nvidia-smi did not run (${smi.stderr.trim()})`);
  const gpus = smi.stdout.split('\n').filter((line) => line.includes(','));
  if (smi.code !== 0 || !gpus.length) {
    const said = (smi.stdout + smi.stderr).trim().split('\n').at(-1);
    return none(`nvidia-smi found no GPU (${said || `it ended with code ${smi.code}`})`);
  }
  if (!library) return none('nvidia-smi runs, but libcuda.so.1 is not where libraries are looked for');
  const names = gpus.map((line) => line.slice(0, line.lastIndexOf(',')).trim());
  return { available: true, name: names[0]!, names, driver: gpus[0]!.split(',').at(-1)!.trim() };
}

const none = (reason: string): NvidiaDriver => ({ available: false, reason });
