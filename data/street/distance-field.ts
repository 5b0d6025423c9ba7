import type { Pieces } from './contours.js';

/** Distances beyond this many heights of a digit are not told apart. */
export const reach = 0.16;

/** A distance in heights of a digit as a byte: above 128 inside the outline, below it outside. */
export const toByte = (distance: number) =>
  Math.floor(128 + (Math.max(-reach, Math.min(reach, distance)) / reach) * 127 + 0.5);

/**
 * The signed distance from the outline at the middle of every cell of a grid, as `toByte` gives it. A point is inside where
 * the outline winds around it (the non-zero rule, as fonts want it).
 *
 * @param left x of the grid's left edge; `top`: y of its upper edge, in font units
 * @param cell a cell's side in font units
 * @param height what counts as the height of a digit, in font units
 */
export function distanceField(
  pieces: Pieces,
  { left, top, cell, height }: { left: number; top: number; cell: number; height: number },
  columns: number,
  rows: number,
  out: Uint8Array,
): void {
  const count = pieces.length / 4;
  const dx = new Float64Array(count);
  const dy = new Float64Array(count);
  const perLength = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    dx[k] = pieces[k * 4 + 2]! - pieces[k * 4]!;
    dy[k] = pieces[k * 4 + 3]! - pieces[k * 4 + 1]!;
    perLength[k] = 1 / (dx[k]! * dx[k]! + dy[k]! * dy[k]!);
  }
  const far = reach * height * reach * height * 1.1;
  const margin = Math.sqrt(far);
  const near = new Uint16Array(count);
  for (let row = 0, at = 0; row < rows; row++) {
    const y = top - (row + 0.5) * cell;
    // The pieces that this row can see; all others are farther than `far`, and no ray of the row crosses them.
    let seen = 0;
    for (let k = 0; k < count; k++) {
      const [from, to] = [pieces[k * 4 + 1]!, pieces[k * 4 + 3]!];
      if (Math.min(from, to) - margin <= y && y <= Math.max(from, to) + margin) near[seen++] = k;
    }
    for (let column = 0; column < columns; column++, at++) {
      const x = left + (column + 0.5) * cell;
      let nearest = far;
      let winding = 0;
      for (let n = 0; n < seen; n++) {
        const k = near[n]!;
        const px = x - pieces[k * 4]!;
        const py = y - pieces[k * 4 + 1]!;
        let t = (px * dx[k]! + py * dy[k]!) * perLength[k]!;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ex = px - t * dx[k]!;
        const ey = py - t * dy[k]!;
        const squared = ex * ex + ey * ey;
        if (squared < nearest) nearest = squared;
        // Where a ray to the right crosses the piece.
        const side = dx[k]! * py - dy[k]! * px;
        if (py >= 0) {
          if (py < dy[k]! && side > 0) winding++;
        } else if (py >= dy[k]! && side < 0) winding--;
      }
      const distance = Math.sqrt(nearest) / height;
      out[at] = toByte(winding === 0 ? -distance : distance);
    }
  }
}
