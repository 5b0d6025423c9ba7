import type { CallName, Calls, FromWorker, Progress } from './protocol.js';

/** The worker that loads the model and classifies, as functions. */
export interface Classifier {
  /** @throws Error whose message is one sentence for a person */
  call<N extends CallName>(name: N, ask: Calls[N]['ask']): Promise<Calls[N]['answer']>;
}

export function startClassifier(onProgress: (progress: Progress) => void): Classifier {
  const worker = new Worker(new URL('./classifier.worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  let next = 0;
  let broken: Error | undefined;

  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if ('progress' in data) return onProgress(data.progress);
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ('error' in data) call?.reject(new Error(data.error));
    else call?.resolve(data.answer as never);
  });
  worker.addEventListener('error', (event) => {
    // Its script did not load, or it ended: nothing that waits will be answered.
    broken = new Error(`the classifier stopped (${event.message || 'its script cannot be loaded'}); reload the page`);
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  });

  return {
    call: (name, ask) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        const id = next++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, name, ask });
      }),
  };
}
