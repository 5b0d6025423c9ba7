import { byId } from '../dom.js';
import { paint } from './paint.js';
import type { Point, Stroke } from './strokes.js';

/** The line on the panel, against its side. */
const panelLine = 0.07;

export interface DrawingPanel {
  /** Shown again after its size or its colours changed. */
  refresh(): void;
}

/** A panel to draw on with mouse, pen or finger. */
export function startDrawing(onDrawn: (strokes: readonly Stroke[]) => void): DrawingPanel {
  const canvas = byId<HTMLCanvasElement>('ink');
  const clear = byId<HTMLButtonElement>('clear');
  const context = canvas.getContext('2d')!;
  let strokes: Point[][] = [];
  let current: { pointer: number; stroke: Point[] } | undefined;

  const refresh = () => {
    const empty = strokes.length === 0;
    byId('ink-help').hidden = !empty;
    clear.hidden = empty;
    canvas.ariaLabel = empty ? 'Drawing panel, empty: draw with mouse, pen or finger' : 'Your drawing';
    context.clearRect(0, 0, canvas.width, canvas.height);
    paint(context, strokes, canvas.width, panelLine, getComputedStyle(canvas).color);
  };
  const pointOf = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };

  canvas.addEventListener('pointerdown', (event) => {
    // A second finger is no second line.
    if (current || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    current = { pointer: event.pointerId, stroke: [pointOf(event)] };
    strokes.push(current.stroke);
    refresh();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (current?.pointer !== event.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    current.stroke.push(...(events.length > 0 ? events : [event]).map(pointOf));
    refresh();
  });
  const end = (event: PointerEvent) => {
    if (current?.pointer !== event.pointerId) return;
    current = undefined;
    onDrawn(strokes);
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  clear.addEventListener('click', () => {
    strokes = [];
    refresh();
    byId('tab-draw').focus();
    onDrawn(strokes);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);
  refresh();
  return { refresh };
}
