import { scaleLinear } from 'd3-scale';
import { type Style, svg } from '../../../plot/index.js';
import type { Plot } from '../section.js';

export interface Interval {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const row = 34;
const width = 460;

/** Values with their intervals, one below the other. @param zero a line that matters, as 0 is to a difference */
export const intervalsPlot = (
  name: string,
  title: string,
  intervals: readonly Interval[],
  format: (value: number) => string,
  zero?: number,
): Plot => ({
  name,
  title,
  draw(style: Style) {
    const longest = Math.min(22, Math.max(...intervals.map(({ name }) => name.length)));
    const [left, right, top] = [20 + longest * 7.2, width - 24, 12];
    const bottom = top + intervals.length * row;
    const ends = intervals.flatMap(({ low, high }) => [low, high]).concat(zero ?? []);
    const x = scaleLinear([Math.min(...ends), Math.max(...ends)], [left, right]).nice(5);
    const ticks = x
      .ticks(5)
      .map(
        (tick) =>
          `<line x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="${top}" y2="${bottom}" stroke="${tick === zero ? style.text : style.grid}"/>${style.letters(x(tick), bottom + 18, format(tick), { anchor: 'middle' })}`,
      );
    const lines = intervals.map(({ name, value, low, high }, i) => {
      const y = top + i * row + row / 2;
      const said = name.length > 22 ? `${name.slice(0, 21)}…` : name;
      return `${style.letters(left - 12, y + 4, said, { anchor: 'end' })}<line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${y}" y2="${y}" stroke="${style.first}" stroke-width="3" stroke-linecap="round"/><circle cx="${x(value).toFixed(1)}" cy="${y}" r="5.5" fill="${style.first}"/>`;
    });
    return svg(width, bottom + 30, style, title, [...ticks, ...lines].join('\n'));
  },
});
