import { cudaEnvironment, cudaProvider, type NvidiaDriver, nvidiaDriver } from '../../machine/index.js';
import { type Availability, messageOf, OnwardError } from '../common/index.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { openOrtProcess } from './ort-process.node.js';
import { tolerance } from './tolerance.js';

/** @param device as `nvidia-smi` counts them, which is by their buses: CUDA itself puts the fastest first */
export const cudaOptions = (device: number | undefined) => ({
  engine: 'ort-cuda',
  provider: device === undefined ? ('cuda' as const) : { name: 'cuda' as const, deviceId: device },
  environment: {
    ...cudaEnvironment(),
    ...(device !== undefined && { CUDA_DEVICE_ORDER: process.env.CUDA_DEVICE_ORDER ?? 'PCI_BUS_ID' }),
    // TF32 keeps 10 of the 23 bits of float32's fraction: faster, and too far from what trained. The user's own choice stands.
    NVIDIA_TF32_OVERRIDE: process.env.NVIDIA_TF32_OVERRIDE ?? '0',
  },
});

/** The files first: asking ONNX Runtime for a provider whose library is not there says less. */
async function look(): Promise<Availability> {
  const files = await cudaProvider();
  if (!files.available) return files;
  try {
    const probe = await openOrtProcess((await import('./probe-model.js')).probeModel(), cudaOptions(undefined));
    await probe.run(new Uint8Array(1), 1).finally(probe.release);
    return { ...files, version: probe.version };
  } catch (error) {
    return {
      available: false,
      reason: `there is ${files.device} and the CUDA provider, but it does not compute (${messageOf(error)})`,
      remedy: 'run `npx onward setup`, which brings the CUDA 12 and cuDNN 9 libraries',
    };
  }
}

let found: Promise<Availability> | undefined;

/** What is there stays there while this process runs; what is not may have been brought by the next time. */
async function find(): Promise<Availability> {
  found ??= look();
  const availability = await found;
  if (!availability.available) found = undefined;
  return availability;
}

/**
 * `NVIDIA H200 (1)`
 * @param visible `CUDA_VISIBLE_DEVICES`: where it is set, devices are counted among those
 * @throws OnwardError kind `missing` where there are fewer
 */
export function nameOfDevice(
  device: number,
  driver: NvidiaDriver,
  visible: string | undefined = process.env.CUDA_VISIBLE_DEVICES,
): string {
  const all = driver.available ? driver.names : [];
  const shown = visible === undefined ? all : visible.split(',').map((one) => all[Number(one)] ?? `GPU ${one.trim()}`);
  const name = shown[device];
  if (name !== undefined) return `${name} (${device})`;
  const there = shown.length === 1 ? 'device 0, the only one' : `a device from 0 to ${shown.length - 1}`;
  throw new OnwardError('missing', `ort-cuda: expected ${there}, got ${device}; nvidia-smi lists them`);
}

/** ONNX Runtime's CUDA kernels, in a process of their own: TensorFlow may have loaded another CUDA into this one. */
export const ortCuda: Engine = {
  name: 'ort-cuda',
  tolerance: tolerance.gpu,
  probe: find,
  async open(model, { device } = {}) {
    const availability = await find();
    if (!availability.available) {
      throw new OnwardError('missing', `ort-cuda: ${availability.reason}; ${availability.remedy}`);
    }
    const name = device === undefined ? availability.device : nameOfDevice(device, await nvidiaDriver());
    const graph = await openOrtProcess(model, cudaOptions(device));
    return guarded({
      engine: 'ort-cuda',
      version: graph.version,
      device: name,
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
