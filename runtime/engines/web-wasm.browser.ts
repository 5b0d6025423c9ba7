import { threadCount } from './device.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { openOrtWeb, ortWebVersion, webThreads } from './ort-web.browser.js';
import { tolerance } from './tolerance.js';

/** ONNX Runtime Web's CPU kernels in WebAssembly, in the page or worker that calls it. */
export const webWasm: Engine = {
  name: 'web-wasm',
  tolerance: tolerance.cpu,
  async probe() {
    if (typeof WebAssembly !== 'object') {
      return {
        available: false,
        reason: 'this browser has no WebAssembly',
        remedy: 'use a current Chrome, Edge, Firefox or Safari',
      };
    }
    return { available: true, version: ortWebVersion(), device: threadCount(webThreads()) };
  },
  async open(model, { threads } = {}) {
    const graph = await openOrtWeb(model, { engine: 'web-wasm', provider: 'wasm', threads });
    return guarded({
      engine: 'web-wasm',
      version: ortWebVersion(),
      device: threadCount(graph.threads),
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
