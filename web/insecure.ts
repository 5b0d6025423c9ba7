/** What a page that came over plain http from another machine has to say; undefined on https and on localhost. */
export const insecureNotice = (): string | undefined =>
  isSecureContext
    ? undefined
    : 'This page came over plain http from another machine, so the browser gives it neither WebGPU nor threads nor a service worker: it classifies with WebAssembly on one thread and needs the network. With https it has all of them: start the server with a certificate, put it behind a proxy that has one, or open it on localhost through ssh -L.';
