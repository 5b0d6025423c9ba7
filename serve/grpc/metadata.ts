import type { Metadata } from '@grpc/grpc-js';

/** What says how the message came, not what it is about: the request to the app says that of itself. */
const framing = /^(:|grpc-|content-|inference-header-|te$|host$|connection$|transfer-encoding$)|-bin$/;

/** The metadata of a call as the headers that they would be over HTTP: keys, request ids, traces, what proxies say. */
export function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const name of Object.keys(metadata.getMap())) {
    if (framing.test(name)) continue;
    try {
      headers.set(name, metadata.get(name).map(String).join(', '));
    } catch {
      // No header could be so: over HTTP it would not have come.
    }
  }
  return headers;
}

/** `1.2.3.4:567` and `::1:567` -> the address */
export const addressOfPeer = (peer: string): string => peer.replace(/:\d+$/, '');
