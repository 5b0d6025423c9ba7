import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip';

/** Something that is sent; with another tag it is another one. */
interface File {
  readonly etag: string | undefined;
  bytes(): Promise<Uint8Array>;
}

const encoders: Readonly<Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>>> = {
  // Quality 4: 26.8 MB of WASM become 5.5 MB in 0.3 s; quality 5 takes twice as long for a tenth less.
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 6 }),
};

/** Files compressed once, at the first request for them (off the event loop), and kept. */
export function compressed() {
  const kept = new Map<
    string,
    { readonly etag: string | undefined; readonly bytes: Promise<Uint8Array<ArrayBuffer>> }
  >();
  return {
    choose(accepted = ''): Encoding | undefined {
      const names = accepted.split(',').map((part) => part.trim());
      const takes = (name: string) => names.some((n) => n.split(';')[0] === name && !/;\s*q=0(\.0*)?$/.test(n));
      return (['br', 'gzip'] as const).find(takes);
    },
    bytes(name: string, file: File, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
      const key = `${encoding} ${name}`;
      const known = kept.get(key);
      // The service worker is another one after a model was replaced.
      if (known && known.etag === file.etag) return known.bytes;
      const bytes = file.bytes().then(encoders[encoding]);
      kept.set(key, { etag: file.etag, bytes });
      return bytes;
    },
  };
}
