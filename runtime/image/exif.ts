/** How the stored pixels must be turned to be upright, 1..8, as the EXIF standard numbers it (tag 0x0112). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientationTag = 0x0112;
const shortType = 3;

/**
 * Reads the orientation out of a TIFF structure (what stands in a JPEG's APP1 after `Exif\0\0`, in a PNG's `eXIf` chunk
 * and in a WebP's `EXIF` chunk). Damaged EXIF data mean orientation 1, as in every browser: the picture itself may be whole.
 */
export function orientationOf(tiff: Uint8Array): Orientation {
  const at = valueAt(tiff);
  if (at === undefined) return 1;
  // One of its two bytes is 0, whichever byte order.
  const value = tiff[at]! | tiff[at + 1]!;
  return value >= 1 && value <= 8 ? (value as Orientation) : 1;
}

/** What a header says of its EXIF data, where it has any. */
export function withOrientation(exif: Uint8Array | undefined): { orientation: Orientation; exif?: Uint8Array } {
  return exif ? { orientation: orientationOf(exif), exif } : { orientation: 1 };
}

/**
 * Writes orientation 1 into the TIFF structure, in place: a decoder that applies orientations then leaves the picture as
 * it is stored. Browsers do so with JPEG and not with WebP; we turn both ourselves.
 */
export function resetOrientation(tiff: Uint8Array): void {
  const at = valueAt(tiff);
  if (at === undefined) return;
  tiff.set(isLittle(tiff) ? [1, 0] : [0, 1], at);
}

function isLittle(tiff: Uint8Array): boolean {
  return tiff[0] === 0x49;
}

/** Where the two bytes of the orientation stand. */
function valueAt(tiff: Uint8Array): number | undefined {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return undefined;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = isLittle(tiff);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.length) return undefined;
    if (view.getUint16(entry, little) !== orientationTag) continue;
    return view.getUint16(entry + 2, little) === shortType ? entry + 8 : undefined;
  }
  return undefined;
}
