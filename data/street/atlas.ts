import { loadFonts } from '../../machine/index.js';
import { readAtlas, writeAtlas } from './atlas-file.js';
import { boundsOf, flatten } from './contours.js';
import { distanceField, reach } from './distance-field.js';

/** Cells a height of a digit. */
const resolution = 44;

/** Where a digit of a font lies in the atlas. Lengths in heights of the font's 8, y downwards, 0 in the middle of the 8. */
export interface Glyph {
  /** Of its first byte. */
  readonly offset: number;
  readonly columns: number;
  readonly rows: number;
  /** Of the grid's first corner, x from the middle of the digit. */
  readonly left: number;
  readonly top: number;
  /** The outline's own width. */
  readonly width: number;
  /** From this digit's origin to the next one's. */
  readonly advance: number;
  /** From the origin to the middle of the digit. */
  readonly middle: number;
}

/** The digits of all fonts as distance fields, in memory that threads share. */
export interface Atlas {
  readonly fields: Uint8Array;
  /** Ten a font. */
  readonly glyphs: readonly Glyph[];
  readonly fonts: readonly string[];
}

export const cellsAHeight = resolution;

let atlas: Promise<Atlas> | undefined;

/** Made once a machine, and read once a process. @throws OnwardError kind `missing` without the fonts */
export function loadAtlas(): Promise<Atlas> {
  atlas ??= findAtlas();
  atlas.catch(() => {
    atlas = undefined;
  });
  return atlas;
}

async function findAtlas(): Promise<Atlas> {
  const known = await readAtlas();
  if (known) return known;
  const made = await makeAtlas();
  // It is as good when it cannot be kept, as in a cache that is read-only: the next process makes it again.
  await writeAtlas(made).catch(() => {});
  return made;
}

/**
 * From the fonts, in a few seconds.
 * @throws OnwardError kind `missing` without the fonts
 */
export async function makeAtlas(): Promise<Atlas> {
  const fonts = await loadFonts();
  const glyphs: Glyph[] = [];
  const outlines = fonts.flatMap(({ font }) => {
    const [, bottom, , top] = boundsOf(flatten(font.charToGlyph('8').path.commands));
    const height = top - bottom;
    return [...'0123456789'].map((digit) => {
      const { advanceWidth, path } = font.charToGlyph(digit);
      return { pieces: flatten(path.commands), advanceWidth, height, middle: (top + bottom) / 2 };
    });
  });
  let bytes = 0;
  for (const { pieces, advanceWidth, height, middle } of outlines) {
    const [left, bottom, right, top] = boundsOf(pieces);
    const columns = Math.ceil(((right - left) / height + 2 * reach) * resolution);
    const rows = Math.ceil(((top - bottom) / height + 2 * reach) * resolution);
    glyphs.push({
      offset: bytes,
      columns,
      rows,
      left: -columns / 2 / resolution,
      top: (middle - (top + bottom) / 2) / height - rows / 2 / resolution,
      width: (right - left) / height,
      advance: advanceWidth / height,
      middle: (left + right) / 2 / height,
    });
    bytes += columns * rows;
  }
  const fields = new Uint8Array(new SharedArrayBuffer(bytes));
  outlines.forEach(({ pieces, height, middle }, i) => {
    const { offset, columns, rows, left, top } = glyphs[i]!;
    const [from, , to] = boundsOf(pieces);
    const place = {
      left: (from + to) / 2 + left * height,
      top: middle - top * height,
      cell: height / resolution,
      height,
    };
    distanceField(pieces, place, columns, rows, fields.subarray(offset, offset + columns * rows));
  });
  return { fields, glyphs, fonts: fonts.map(({ name }) => name) };
}
