import { messageOf } from '../common/index.js';
import { type Failure, toFailure } from './failure.js';
import { type OrtGraph, openOrtNode } from './ort-node.node.js';
import { asLoaded, type Runnable } from './runnable.js';

// The process of one session, for providers whose libraries are found by an environment that must be there when a process
// starts, and which take it with them when a driver fails.

export type ChildProvider = 'webgpu' | 'cuda' | { readonly name: 'cuda'; readonly deviceId: number };

export type ChildTask =
  | { readonly verb: 'open'; readonly engine: string; readonly provider: ChildProvider; readonly model: Runnable }
  | { readonly verb: 'run'; readonly images: Uint8Array; readonly count: number };

export type ChildAnswer =
  | { readonly id: number; readonly version: string }
  | { readonly id: number; readonly probabilities: Float32Array }
  | { readonly id: number; readonly failure: Failure };

let graph: OrtGraph | undefined;

async function perform(task: ChildTask) {
  if (task.verb === 'open') {
    graph = await openOrtNode(asLoaded(task.model), task);
    return { version: graph.version };
  }
  return { probabilities: await graph!.run(task.images, task.count) };
}

process.on('message', async ({ id, task }: { id: number; task: ChildTask }) => {
  const answer = await perform(task).catch((error: unknown) => ({ failure: toFailure(error) }));
  process.send?.({ id, ...answer });
});

// Whatever happened to the one who asked, nobody is left to answer to.
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
