import { line } from 'd3-shape';
import { axes, type Style, svg } from '../../../plot/index.js';
import { type Metrics, rocCurve, type Scored } from '../../metrics/index.js';
import type { Plot } from '../section.js';

/** With more classes than this, those with the smallest areas are drawn. */
const mostCurves = 10;
/** Where all areas are above this the curves lie in the corner, and it alone is drawn, so wide. */
const inCorner = 0.98;
const corner = 0.2;
const short = (name: string) => (name.length > 16 ? `${name.slice(0, 15)}…` : name);

/** Whether the curves are so good that the whole square would show nothing but its corner. */
export const isInCorner = (areas: readonly (number | null)[]): boolean =>
  areas.every((area) => area === null || area > inCorner);

/** How many of a class are found against how many others are taken for it, one class against the rest. */
export function rocPlot(scored: Scored, { classes: areas }: Metrics['rocAuc']): Plot {
  const chosen = Array.from(areas.keys())
    .filter((c) => areas[c] !== null)
    .sort((a, b) => areas[a]! - areas[b]! || a - b)
    .slice(0, mostCurves);
  const isCorner = isInCorner(areas);
  const reach = isCorner ? corner : 1;
  const curves = chosen.flatMap((c) => {
    const points = rocCurve(scored, c, 200 / reach);
    return points ? [{ name: scored.classes[c]!, area: areas[c]!, points }] : [];
  });
  return {
    name: 'roc',
    title: 'ROC curves, one class against the rest',
    draw(style: Style) {
      const [width, height] = [460, 400];
      const format = (value: number) => `${Math.round(value * 100)} %`;
      const { x, y, drawn } = axes(style, {
        width,
        height,
        xTitle: 'of the others, taken for it',
        yTitle: 'of the class, found',
        xDomain: [0, reach],
        yDomain: [1 - reach, 1],
        format,
      });
      const path = line<readonly [number, number]>(
        (point) => x(point[0]),
        (point) => y(point[1]),
      ).digits(1);
      // Below the diagonal, where no curve of a model that knows something is.
      const left = x(0.67 * reach);
      const lines = curves.map(({ name, area, points }, i) => {
        const color = style.series[i % style.series.length]!;
        const at = y(1 - reach) - 14 - (curves.length - 1 - i) * 19;
        return `<path clip-path="url(#roc-square)" d="${path([...points])}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/><line x1="${left}" x2="${left + 18}" y1="${at - 4}" y2="${at - 4}" stroke="${color}" stroke-width="3"/>${style.letters(left + 24, at, `${short(name)}: ${area.toFixed(4)}`)}`;
      });
      const square = `<clipPath id="roc-square"><rect x="${x(0)}" y="${y(1) - 2}" width="${x(reach) - x(0)}" height="${y(1 - reach) - y(1) + 2}"/></clipPath>`;
      const diagonal = isCorner
        ? ''
        : `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="${style.soft}" stroke-dasharray="4 4"/>`;
      return svg(width, height, style, this.title, [square, drawn, diagonal, ...lines].join('\n'));
    },
  };
}
