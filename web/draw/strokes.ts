export interface Point {
  readonly x: number;
  readonly y: number;
}
/** The points of one line, in the order in which they were drawn. */
export type Stroke = readonly Point[];

/** The line's width against the side of the square. */
export const lineWidth = 0.1;

/** The ink's longer side against the square's; handwritten digits stand in 20 of 28 pixels. */
const inkSide = 20 / 28;

/**
 * The drawing cropped to its ink: moved and scaled into a square of side 1 as the digits of MNIST stand in theirs, the
 * longer side of the ink 20/28 of the square, the middle of its mass in the middle, nothing over the edge.
 * The line keeps its width, so that small and large drawings give the same strokes.
 */
export function intoSquare(strokes: readonly Stroke[]): Stroke[] {
  const points = strokes.flat();
  if (points.length === 0) return [];
  const box = extent(points);
  const longer = Math.max(box.right - box.left, box.bottom - box.top);
  // The ink reaches half a line beyond the points.
  const scale = longer === 0 ? 1 : (inkSide - lineWidth) / longer;
  const middle = massOf(strokes);
  const shift = (center: number, low: number, high: number) => {
    const edge = lineWidth / 2;
    const wanted = 0.5 - center * scale;
    return Math.min(Math.max(wanted, edge - low * scale), 1 - edge - high * scale);
  };
  const dx = shift(middle.x, box.left, box.right);
  const dy = shift(middle.y, box.top, box.bottom);
  return strokes.map((stroke) => stroke.map(({ x, y }) => ({ x: x * scale + dx, y: y * scale + dy })));
}

function extent(points: readonly Point[]) {
  const box = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const { x, y } of points) {
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

/** The middle of the lines' mass: every piece counts by its length. */
function massOf(strokes: readonly Stroke[]): Point {
  let length = 0;
  let x = 0;
  let y = 0;
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) {
      const [a, b] = [stroke[i - 1]!, stroke[i]!];
      const piece = Math.hypot(b.x - a.x, b.y - a.y);
      length += piece;
      x += (piece * (a.x + b.x)) / 2;
      y += (piece * (a.y + b.y)) / 2;
    }
  }
  if (length > 0) return { x: x / length, y: y / length };
  const points = strokes.flat();
  const sum = points.reduce((s, p) => ({ x: s.x + p.x, y: s.y + p.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
