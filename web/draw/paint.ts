import type { Stroke } from './strokes.js';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws lines through the middles of their points, which rounds what a hand does in corners. */
export function paint(context: Context, strokes: readonly Stroke[], side: number, width: number, color: string): void {
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = width * side;
  context.strokeStyle = color;
  for (const stroke of strokes) {
    const at = (i: number) => ({ x: stroke[i]!.x * side, y: stroke[i]!.y * side });
    const first = at(0);
    context.beginPath();
    context.moveTo(first.x, first.y);
    for (let i = 1; i < stroke.length - 1; i++) {
      const [here, next] = [at(i), at(i + 1)];
      context.quadraticCurveTo(here.x, here.y, (here.x + next.x) / 2, (here.y + next.y) / 2);
    }
    const end = at(stroke.length - 1);
    context.lineTo(end.x, end.y);
    context.stroke();
  }
}
