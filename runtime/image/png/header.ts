import { type Orientation, orientationOf } from '../exif.js';
import type { StoredHeader } from '../header.js';

/** How a PNG's pixels are stored (PNG specification, 11.2.1). */
export interface PngHeader extends StoredHeader {
  /** Bits a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly color: 'gray' | 'rgb' | 'palette' | 'gray-alpha' | 'rgba';
  readonly interlaced: boolean;
}

export const channelsOf: Readonly<Record<PngHeader['color'], number>> = {
  gray: 1,
  rgb: 3,
  palette: 1,
  'gray-alpha': 2,
  rgba: 4,
};

const colors: { readonly [type: number]: { readonly color: PngHeader['color']; readonly depths: readonly number[] } } =
  {
    0: { color: 'gray', depths: [1, 2, 4, 8, 16] },
    2: { color: 'rgb', depths: [8, 16] },
    3: { color: 'palette', depths: [1, 2, 4, 8] },
    4: { color: 'gray-alpha', depths: [8, 16] },
    6: { color: 'rgba', depths: [8, 16] },
  };

/** @returns the header, or what is wrong */
export function readPngHeader(bytes: Uint8Array): PngHeader | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) return 'it ends before its header does';
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) return 'it does not start with IHDR';
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width === 0 || height === 0) return 'its header says 0 pixels';
  const depth = view.getUint8(24);
  const kind = colors[view.getUint8(25)];
  if (!kind?.depths.includes(depth)) return `no PNG has colour type ${view.getUint8(25)} with ${depth} bits`;
  if (view.getUint8(26) !== 0 || view.getUint8(27) !== 0) return 'its compression is unknown';
  const interlace = view.getUint8(28);
  if (interlace > 1) return 'its interlacing is unknown';
  return {
    width,
    height,
    depth: depth as PngHeader['depth'],
    color: kind.color,
    interlaced: interlace === 1,
    orientation: findOrientation(bytes, view),
  };
}

/** From the `eXIf` chunk, wherever it stands; chunk lengths are followed, nothing else is read. */
function findOrientation(bytes: Uint8Array, view: DataView): Orientation {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x65584966) return orientationOf(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return 1;
}
