import { messageOf, OnwardError } from '../runtime/common/index.js';
import { type EngineName, engines, type Session } from '../runtime/engines/index.browser.js';
import type { LoadedModel } from '../runtime/model/index.js';

// The worker in which the web engines run when Node drives a browser: a worker, because that is where the page runs them.

/** What Node asks for, through the page; `bytes` are fetched from it, and probabilities posted to it, as they are. */
export type Task =
  | { readonly verb: 'probe'; readonly engine: EngineName }
  | {
      readonly verb: 'open';
      readonly engine: EngineName;
      readonly model: Omit<LoadedModel, 'bytes'>;
      /** Where the model's bytes are. */
      readonly address: string;
      readonly threads?: number;
    }
  | {
      readonly verb: 'predict';
      /** Where the images are, and where the probabilities go. */
      readonly address: string;
      readonly count: number;
    }
  | { readonly verb: 'close' };

let session: Session | undefined;

const engineOf = (name: EngineName) => engines.find((engine) => engine.name === name)!;

async function bytesAt(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function perform(task: Task): Promise<unknown> {
  switch (task.verb) {
    case 'probe': {
      const engine = engineOf(task.engine);
      const availability = await engine.probe();
      return { availability, slow: engine.slow ?? false };
    }
    case 'open': {
      const model = { ...task.model, bytes: await bytesAt(task.address) };
      session = await engineOf(task.engine).open(model, task.threads ? { threads: task.threads } : {});
      return { version: session.version, device: session.device, slow: session.slow ?? false };
    }
    case 'predict': {
      const probabilities = await session!.predict(await bytesAt(task.address), task.count);
      await fetch(task.address, { method: 'POST', body: probabilities as Float32Array<ArrayBuffer> });
      return undefined;
    }
    case 'close':
      return session?.close();
  }
}

// Not `self.onmessage = `: that hangs a worker in which ONNX Runtime has threads.
addEventListener('message', async ({ data: { id, task } }: MessageEvent<{ id: number; task: Task }>) => {
  try {
    postMessage({ id, value: await perform(task) });
  } catch (error) {
    const kind = error instanceof OnwardError ? error.kind : undefined;
    postMessage({ id, failure: { kind, message: messageOf(error) } });
  }
});
