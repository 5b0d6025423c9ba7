import { type EngineName, engines, type PageTask, type Session, toFailure } from '../runtime/engines/index.browser.js';

// The worker in which the web engines run when Node drives a browser: a worker, because that is where the page runs them.

const sessions = new Map<number, Session>();
let opened = 0;

const engineOf = (name: EngineName) => engines.find((engine) => engine.name === name)!;

async function bytesAt(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function perform(task: PageTask): Promise<unknown> {
  switch (task.verb) {
    case 'probe': {
      const engine = engineOf(task.engine);
      const availability = await engine.probe();
      return { availability, slow: engine.slow ?? false };
    }
    case 'open': {
      const model = { ...task.model, bytes: await bytesAt(task.address) };
      const session = await engineOf(task.engine).open(model, task.threads ? { threads: task.threads } : {});
      sessions.set(++opened, session);
      return { session: opened, version: session.version, device: session.device, slow: session.slow ?? false };
    }
    case 'predict': {
      const probabilities = await sessions.get(task.session)!.predict(await bytesAt(task.address), task.count);
      await fetch(task.address, { method: 'POST', body: probabilities as Float32Array<ArrayBuffer> });
      return undefined;
    }
    case 'close':
      await sessions.get(task.session)?.close();
      sessions.delete(task.session);
      return undefined;
  }
}

// Not `self.onmessage = `: that hangs a worker in which ONNX Runtime has threads.
addEventListener('message', async ({ data: { id, task } }: MessageEvent<{ id: number; task: PageTask }>) => {
  try {
    postMessage({ id, value: await perform(task) });
  } catch (error) {
    postMessage({ id, failure: toFailure(error) });
  }
});
