/// <reference lib="webworker" />

import type { PrecacheEntry } from 'workbox-precaching';
import { cleanupOutdatedCaches, getCacheKeyForURL, matchPrecache, precache } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build: the page's files, and model.onnx with its digest as revision. */
declare const __PRECACHE__: PrecacheEntry[];

/** How long a page may take to come from the network before the kept one is shown. */
const patience = 2000;

precache(__PRECACHE__);
cleanupOutdatedCaches();

// The next load has the new model; a page that is open has all it needs already.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, href } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === 'navigate') return event.respondWith(page(request));
  const relative = href.slice(self.registration.scope.length);
  if (relative === 'classify' || relative === 'health') return event.respondWith(server(request));
  if (request.method === 'GET' && getCacheKeyForURL(request.url)) event.respondWith(kept(request));
});

/**
 * The network first, so that a new version is seen at once and another program that later has this address is not hidden
 * behind this page.
 */
async function page(request: Request): Promise<Response> {
  const copy = () => matchPrecache('./');
  const fresh = fetch(request).then(isolated);
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience));
  try {
    const first = await Promise.race([fresh, late]);
    if (first) return first;
  } catch {
    // Unreachable: the copy below.
  }
  const found = isPage(request) ? await copy() : undefined;
  return found ? isolated(found) : fresh;
}

/** Only the page itself is answered from the copy, not every address below it. */
function isPage(request: Request): boolean {
  const { href, search, hash } = new URL(request.url);
  const path = href.slice(0, href.length - search.length - hash.length);
  return path === self.registration.scope || path === `${self.registration.scope}index.html`;
}

async function kept(request: Request): Promise<Response> {
  return isolated((await matchPrecache(request.url)) ?? (await fetch(request)));
}

/** A server that is not there is no error of the page: it gets an empty answer and says so. */
async function server(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return new Response(null, { status: 204 });
  }
}

/** With the headers of cross-origin isolation, which a host for static files may not send. */
function isolated(response: Response): Response {
  // A redirect is to be followed by the browser, and has no body to wrap.
  if (response.type === 'opaqueredirect' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  // The body is already decoded.
  if (headers.has('content-encoding')) {
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  const { status, statusText } = response;
  return new Response(status === 204 || status === 304 ? null : response.body, { status, statusText, headers });
}
