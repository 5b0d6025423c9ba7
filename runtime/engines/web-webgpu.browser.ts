import { OnwardError } from '../common/index.js';
import { findAdapter } from './adapter.browser.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { openOrtWeb, ortWebVersion } from './ort-web.browser.js';
import { tolerance } from './tolerance.js';

let software = false;

/** ONNX Runtime Web's WebGPU kernels, in the page or worker that calls it. */
export const webWebgpu: Engine = {
  name: 'web-webgpu',
  tolerance: tolerance.gpu,
  get slow() {
    return software;
  },
  async probe() {
    const adapter = await findAdapter();
    if ('reason' in adapter) return { available: false, ...adapter };
    software = adapter.software;
    return { available: true, version: ortWebVersion(), device: adapter.device };
  },
  async open(model, { threads } = {}) {
    const adapter = await findAdapter();
    if ('reason' in adapter) throw new OnwardError('missing', `web-webgpu: ${adapter.reason}: ${adapter.remedy}`);
    software = adapter.software;
    const graph = await openOrtWeb(model, { engine: 'web-webgpu', provider: 'webgpu', threads });
    return guarded({
      engine: 'web-webgpu',
      version: ortWebVersion(),
      device: adapter.device,
      slow: software,
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
