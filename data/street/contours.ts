import type { PathCommand } from '../../machine/index.js';

/** Closed outlines as straight pieces: x0, y0, x1, y1 of one piece after another, in font units, y upwards. */
export type Pieces = Float64Array;

const piecesACurve = 6;

/** Curves become `piecesACurve` straight pieces each; open outlines are closed. */
export function flatten(commands: readonly PathCommand[]): Pieces {
  const pieces: number[] = [];
  let [startX, startY, x, y] = [0, 0, 0, 0];
  const line = (toX: number, toY: number) => {
    if (toX !== x || toY !== y) pieces.push(x, y, toX, toY);
    [x, y] = [toX, toY];
  };
  for (const command of commands) {
    if (command.type === 'M') {
      line(startX, startY);
      [startX, startY, x, y] = [command.x, command.y, command.x, command.y];
    } else if (command.type === 'L') {
      line(command.x, command.y);
    } else if (command.type === 'Q') {
      const [fromX, fromY] = [x, y];
      for (let i = 1; i <= piecesACurve; i++) {
        const t = i / piecesACurve;
        const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
        line(a * fromX + b * command.x1 + c * command.x, a * fromY + b * command.y1 + c * command.y);
      }
    } else if (command.type === 'C') {
      const [fromX, fromY] = [x, y];
      for (let i = 1; i <= piecesACurve; i++) {
        const t = i / piecesACurve;
        const s = 1 - t;
        const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
        line(
          a * fromX + b * command.x1 + c * command.x2 + d * command.x,
          a * fromY + b * command.y1 + c * command.y2 + d * command.y,
        );
      }
    } else {
      line(startX, startY);
    }
  }
  line(startX, startY);
  return Float64Array.from(pieces);
}

/** `[left, bottom, right, top]` of the pieces. */
export function boundsOf(pieces: Pieces): [number, number, number, number] {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < pieces.length; i += 2) {
    left = Math.min(left, pieces[i]!);
    right = Math.max(right, pieces[i]!);
    bottom = Math.min(bottom, pieces[i + 1]!);
    top = Math.max(top, pieces[i + 1]!);
  }
  return [left, bottom, right, top];
}
