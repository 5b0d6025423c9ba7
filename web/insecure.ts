/** What a page that came over plain http from another machine has to say; undefined on https and on localhost. */
export const insecureNotice = (): string | undefined =>
  isSecureContext
    ? undefined
    : 'This page came over plain http from another machine, so the browser gives it no WebGPU, no threads and no service worker: it classifies on one thread and needs the network. With https it has them all: start the server with --tls-cert and --tls-key, put a proxy with a certificate before it, or open it on localhost through ssh -L.';
