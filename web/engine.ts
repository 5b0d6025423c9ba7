import type { PageAnswer, PageTask } from '../runtime/engines/index.browser.js';

// The bare page in which the web engines run when Node drives a browser: it hands tasks to its worker, and answers back.

const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module' });
const waiting = new Map<number, (answer: PageAnswer) => void>();
let asked = 0;

worker.addEventListener('message', ({ data: { id, ...answer } }: MessageEvent<PageAnswer & { id: number }>) => {
  waiting.get(id)?.(answer);
  waiting.delete(id);
});
worker.addEventListener('error', (event) => {
  // A script that does not load says nothing of why.
  const message = event.message || 'the worker with the web engines did not start';
  for (const answer of waiting.values()) answer({ failure: { kind: undefined, message } });
  waiting.clear();
});

/** Called by Node. Never rejects: an error of the page would lose its kind on the way. */
function onward(task: PageTask): Promise<PageAnswer> {
  const id = asked++;
  return new Promise((answer) => {
    waiting.set(id, answer);
    worker.postMessage({ id, task });
  });
}

Object.assign(globalThis, { onward });
