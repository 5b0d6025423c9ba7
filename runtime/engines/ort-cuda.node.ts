import { cudaEnvironment, cudaProvider } from '../../machine/index.js';
import { type Availability, messageOf, OnwardError } from '../common/index.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { openOrtProcess } from './ort-process.node.js';
import { tolerance } from './tolerance.js';

const options = () => ({
  engine: 'ort-cuda',
  provider: 'cuda' as const,
  environment: {
    ...cudaEnvironment(),
    // TF32 keeps 10 of the 23 bits of float32's fraction: faster, and too far from what trained. The user's own choice stands.
    NVIDIA_TF32_OVERRIDE: process.env.NVIDIA_TF32_OVERRIDE ?? '0',
  },
});

/** The files first: asking ONNX Runtime for a provider whose library is not there says less. */
async function look(): Promise<Availability> {
  const files = await cudaProvider();
  if (!files.available) return files;
  try {
    const probe = await openOrtProcess((await import('./probe-model.js')).probeModel(), options());
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

/** ONNX Runtime's CUDA kernels, in a process of their own: TensorFlow may have loaded another CUDA into this one. */
export const ortCuda: Engine = {
  name: 'ort-cuda',
  tolerance: tolerance.gpu,
  probe: find,
  async open(model) {
    const availability = await find();
    if (!availability.available) {
      throw new OnwardError('missing', `ort-cuda: ${availability.reason}; ${availability.remedy}`);
    }
    const graph = await openOrtProcess(model, options());
    return guarded({
      engine: 'ort-cuda',
      version: graph.version,
      device: availability.device,
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
