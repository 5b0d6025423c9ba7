import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { Style } from './style.js';

export interface Axes {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  /** Grid, numbers and titles. */
  readonly drawn: string;
}

export interface AxesOptions {
  readonly width: number;
  readonly height: number;
  readonly xTitle: string;
  readonly yTitle: string;
  /** Default: 0 to 1 both. */
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  readonly format?: (value: number) => string;
}

const margin = { left: 56, right: 24, top: 30, bottom: 46 };

/** Two axes from the bottom left, with a grid. */
export function axes(
  style: Style,
  { width, height, xTitle, yTitle, xDomain = [0, 1], yDomain = [0, 1], format = String }: AxesOptions,
): Axes {
  const x = scaleLinear(xDomain, [margin.left, width - margin.right]);
  const y = scaleLinear(yDomain, [height - margin.bottom, margin.top]);
  const [left, right] = x.range() as [number, number];
  const [bottom, top] = y.range() as [number, number];
  const rows = y
    .ticks(5)
    .map(
      (tick) =>
        `<line x1="${left}" x2="${right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="${style.grid}"/>${style.letters(left - 7, y(tick) + 4, format(tick), { anchor: 'end' })}`,
    );
  const columns = x
    .ticks(5)
    .map(
      (tick) =>
        `<line x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${top}" y2="${bottom}" stroke="${style.grid}"/>${style.letters(x(tick), bottom + 18, format(tick), { anchor: 'middle' })}`,
    );
  const drawn = [
    ...rows,
    ...columns,
    style.letters((left + right) / 2, bottom + 38, xTitle, { anchor: 'middle' }),
    style.letters(left - 44, top - 12, yTitle, { isBold: true }),
  ].join('\n');
  return { x, y, drawn };
}
