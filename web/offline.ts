import { byId } from './dom.js';

const reloaded = 'onward-reloaded-for-isolation';

export interface OfflineOptions {
  /** True once a person has given the page something: then it must not reload by itself. */
  readonly inUse: () => boolean;
  /** A newer page or model is there, and this page is still the older one. */
  readonly onNewer: () => void;
}

const chip = (state: 'ready' | 'wait' | 'no', text: string) => {
  byId('offline').dataset.state = state;
  byId('offline').textContent = text;
};

/**
 * Keeps the page and the model for when there is no network. Where the host does not send the headers for cross-origin
 * isolation the service worker adds them, which takes one reload.
 */
export async function keepOffline({ inUse, onNewer }: OfflineOptions): Promise<void> {
  if (!('serviceWorker' in navigator)) return chip('no', 'Online only');
  const workers = navigator.serviceWorker;
  const updates = workers.controller !== null;
  try {
    const { installing } = await workers.register('./sw.js', { scope: './', updateViaCache: 'none' });
    // Active means that everything is in the cache: installing waits for that.
    await Promise.race([workers.ready, ...(installing ? [failed(installing)] : [])]);
  } catch (error) {
    // Without network the one that is installed goes on working.
    if (workers.controller) return chip('ready', 'Works offline');
    return chip('no', `Online only: ${error instanceof Error ? error.message : error}`);
  }
  chip('ready', 'Works offline');

  if (!crossOriginIsolated && !sessionStorage.getItem(reloaded) && !inUse()) {
    // Once: where it does not help (a browser setting, an extension) the page works with one thread.
    sessionStorage.setItem(reloaded, 'yes');
    await controlled(workers);
    return location.reload();
  }
  if (crossOriginIsolated) sessionStorage.removeItem(reloaded);
  // The first one to take over is no news.
  if (updates) workers.addEventListener('controllerchange', onNewer);
}

/** Rejects when a service worker cannot install: a file is missing, or there is no room for it. */
function failed(worker: ServiceWorker): Promise<never> {
  return new Promise((_, reject) =>
    worker.addEventListener('statechange', () => {
      if (worker.state === 'redundant') reject(new Error('this browser could not keep the files'));
    }),
  );
}

/** Waits until the service worker answers for this page. */
async function controlled(workers: ServiceWorkerContainer): Promise<void> {
  if (workers.controller) return;
  await new Promise<void>((resolve) => workers.addEventListener('controllerchange', () => resolve(), { once: true }));
}
