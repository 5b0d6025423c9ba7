import { availableParallelism } from 'node:os';
import { importPeer } from '../../machine/peers.js';
import { messageOf, OnwardError } from '../common/index.js';
import { threadCount } from './device.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { openOrtNode } from './ort-node.node.js';
import { tolerance } from './tolerance.js';

const device = (threads: number) => `CPU, ${threadCount(threads)}`;

/** ONNX Runtime's own CPU kernels, in this process. */
export const ortCpu: Engine = {
  name: 'ort-cpu',
  tolerance: tolerance.cpu,
  async probe() {
    try {
      const { env } = await importPeer('onnxruntime-node');
      return { available: true, version: env.versions.node!, device: device(availableParallelism()) };
    } catch (error) {
      if (!(error instanceof OnwardError)) {
        return {
          available: false,
          reason: `onnxruntime-node is there but does not load: ${messageOf(error)}`,
          remedy: 'Install it again with `npx onward setup`.',
        };
      }
      return { available: false, reason: messageOf(error), remedy: 'Run `npx onward setup`.' };
    }
  },
  async open(model, { threads = availableParallelism() } = {}) {
    const { env } = await importPeer('onnxruntime-node');
    const graph = await openOrtNode(model, { engine: 'ort-cpu', provider: 'cpu', threads });
    return guarded({
      engine: 'ort-cpu',
      version: env.versions.node!,
      device: device(threads),
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
