import { encode } from 'fast-png';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `width * height * channels` bytes: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
  readonly data: Uint8Array;
}

/**
 * An 8-bit PNG, the same bytes for the same pixels everywhere: thumbnails, confusion matrices, test images. The number of
 * channels follows from the length of `data`.
 */
export function encodePng({ width, height, data }: Pixels): Uint8Array {
  const channels = data.length / (width * height);
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new RangeError(
      `expected 1, 2, 3 or 4 bytes for each of ${width} x ${height} pixels, got ${data.length} in all`,
    );
  }
  return encode({ width, height, data, channels, depth: 8 });
}
