import { findPeer, nvidiaDriver, remedyFor, vulkanEnvironment } from '../../machine/index.js';
import { type Availability, messageOf, OnwardError } from '../common/index.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { openOrtProcess } from './ort-process.node.js';
import { tolerance } from './tolerance.js';
import { softwareRenderer } from './vulkan.node.js';

interface Found {
  readonly availability: Availability;
  readonly software: boolean;
  /** What the session's process has to start with. */
  readonly environment: NodeJS.ProcessEnv;
}

async function deviceOf(environment: NodeJS.ProcessEnv): Promise<Pick<Found, 'software'> & { device: string }> {
  const renderer = softwareRenderer({ ...process.env, ...environment });
  if (renderer) return { software: true, device: `software (${renderer})` };
  const driver = await nvidiaDriver();
  return { software: false, device: driver.available ? driver.name : 'GPU' };
}

/** The machine's own GPU first, then the software renderer that came with the browser. */
async function look(): Promise<Found> {
  const nothing = (reason: string, remedy: string): Found => ({
    availability: { available: false, reason, remedy },
    software: false,
    environment: {},
  });
  if (!findPeer('onnxruntime-node')) {
    return nothing('the package onnxruntime-node is not here', `run ${remedyFor('onnxruntime-node')}`);
  }
  const renderer = vulkanEnvironment();
  let reason = '';
  for (const environment of renderer ? [{}, renderer] : [{}]) {
    try {
      const probe = await openOrtProcess((await import('./probe-model.js')).probeModel(), {
        engine: 'ort-webgpu',
        provider: 'webgpu',
        environment,
      });
      await probe.run(new Uint8Array(1), 1).finally(probe.release);
      const { software, device } = await deviceOf(environment);
      return { availability: { available: true, version: probe.version, device }, software, environment };
    } catch (error) {
      reason = messageOf(error);
    }
  }
  return nothing(
    /adapter/i.test(reason)
      ? 'WebGPU found no GPU, and there is no software renderer'
      : `WebGPU does not work (${reason})`,
    'run `npx onward setup browser`, which brings a software renderer, or install a GPU driver with Vulkan',
  );
}

let looking: Promise<Found> | undefined;
let slow = false;

/** What is there stays there while this process runs; what is not may have been brought by the next time. */
async function find(): Promise<Found> {
  looking ??= look();
  const found = await looking;
  slow = found.software;
  if (!found.availability.available) looking = undefined;
  return found;
}

/** ONNX Runtime's own WebGPU, in a process of its own: the libraries that it needs are found when a process starts. */
export const ortWebgpu: Engine = {
  name: 'ort-webgpu',
  tolerance: tolerance.gpu,
  get slow() {
    return slow;
  },
  probe: async () => (await find()).availability,
  async open(model) {
    const { availability, software, environment } = await find();
    if (!availability.available) {
      throw new OnwardError('missing', `ort-webgpu: ${availability.reason}; ${availability.remedy}`);
    }
    const graph = await openOrtProcess(model, { engine: 'ort-webgpu', provider: 'webgpu', environment });
    return guarded({
      engine: 'ort-webgpu',
      version: graph.version,
      device: availability.device,
      slow: software,
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
