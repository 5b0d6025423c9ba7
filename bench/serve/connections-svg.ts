import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { fileStyle as style, svg } from '../../plot/index.js';

/** Of one server, a point for each number of connections. */
export interface LoadLine {
  readonly name: string;
  readonly points: readonly { readonly connections: number; readonly perSecond: number; readonly p99: number }[];
}

const panel = { width: 430, height: 320, left: 64, right: 20, top: 46, bottom: 74 };

/** Of 1, 2, 5, 10, 20, ... the last that is not above the value, and the first that is not below it. */
function around(value: number): { readonly below: number; readonly above: number } {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10].map((step) => step * power);
  return { below: steps.findLast((step) => step <= value)!, above: steps.find((step) => step >= value)! };
}

function drawPanel(
  title: string,
  lines: readonly LoadLine[],
  shown: (point: LoadLine['points'][number]) => number,
  offset: number,
): string {
  const [x0, x1] = [offset + panel.left, offset + panel.width - panel.right];
  const [y0, y1] = [panel.height - panel.bottom, panel.top];
  const connections = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.connections)))];
  const values = lines.flatMap(({ points }) => points.map(shown));
  const x = scaleLog([Math.min(...connections), Math.max(...connections)], [x0, x1]);
  const y = scaleLog([around(Math.min(...values)).below, around(Math.max(...values)).above], [y0, y1]);
  const ticks = y.ticks().filter((tick) => /^[125]/.test(tick.toExponential()));
  const rows = ticks.map(
    (tick) =>
      `<line x1="${x0}" x2="${x1}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" stroke="${style.grid}"/>${style.letters(x0 - 8, y(tick) + 4, tick.toLocaleString('en-US'), { anchor: 'end' })}`,
  );
  const columns = connections.map((count) => style.letters(x(count), y0 + 18, String(count), { anchor: 'middle' }));
  const path = line<LoadLine['points'][number]>(
    (point) => x(point.connections),
    (point) => y(shown(point)),
  );
  const drawn = lines.map(({ points }, i) => {
    const color = style.series[i]!;
    const dots = points.map(
      (point) => `<circle cx="${x(point.connections).toFixed(1)}" cy="${y(shown(point)).toFixed(1)}" r="3"/>`,
    );
    return `<g fill="${color}"><path d="${path([...points])}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}</g>`;
  });
  return [
    style.letters(x0, y1 - 16, title, { isBold: true, height: 11 }),
    ...rows,
    ...columns,
    style.letters((x0 + x1) / 2, y0 + 38, 'connections', { anchor: 'middle' }),
    ...drawn,
  ].join('\n');
}

/** Throughput and the slowest hundredth over the number of connections, both axes in powers: SVG. */
export function connectionsSvg(lines: readonly LoadLine[]): string {
  const legend = lines.map(({ name }, i) => {
    const left = panel.left + i * 180;
    const at = panel.height - 14;
    return `<line x1="${left}" x2="${left + 18}" y1="${at - 4}" y2="${at - 4}" stroke="${style.series[i]}" stroke-width="3"/>${style.letters(left + 24, at, name)}`;
  });
  const content = [
    drawPanel('requests a second', lines, ({ perSecond }) => perSecond, 0),
    drawPanel('p99 in milliseconds', lines, ({ p99 }) => p99, panel.width),
    ...legend,
  ].join('\n');
  return svg(panel.width * 2, panel.height, style, 'Throughput and p99 over connections', content);
}
