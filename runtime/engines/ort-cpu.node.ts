import { availableParallelism } from 'node:os';
import { findPeer, importPeer, remedyFor } from '../../machine/index.js';
import { messageOf } from '../common/index.js';
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
      const here = findPeer('onnxruntime-node');
      return {
        available: false,
        reason: here
          ? `onnxruntime-node ${here.version} does not load (${messageOf(error)})`
          : 'the package onnxruntime-node is not here',
        remedy: `run ${remedyFor('onnxruntime-node')}`,
      };
    }
  },
  async open(model, { threads = availableParallelism() } = {}) {
    const graph = await openOrtNode(model, { engine: 'ort-cpu', provider: 'cpu', threads });
    return guarded({
      engine: 'ort-cpu',
      version: graph.version,
      device: device(threads),
      model,
      run: graph.run,
      release: graph.release,
    });
  },
};
