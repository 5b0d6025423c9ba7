import { axes, type Style, svg } from '../../../plot/index.js';
import type { Metrics } from '../../metrics/index.js';
import type { Plot } from '../section.js';

const size = { width: 430, height: 330, counts: 110 };
const share = (value: number) => `${Math.round(value * 100)} %`;

/** How often the model is right against how sure it is; below, how many images it is that sure of. */
export const reliabilityPlot = ({ bins }: Metrics['calibration']): Plot => ({
  name: 'calibration',
  title: 'Reliability diagram: accuracy against the probability of the predicted class',
  draw(style: Style) {
    const { x, y, drawn } = axes(style, { ...size, xTitle: '', yTitle: 'right', format: share });
    const total = bins.reduce((sum, { images }) => sum + images, 0);
    const most = Math.max(...bins.map(({ images }) => images));
    const parts = [drawn];
    for (const bin of bins) {
      if (bin.accuracy === null || bin.confidence === null) continue;
      const [left, right] = [x(bin.from) + 1, x(bin.to) - 1];
      const [top, ideal] = [y(bin.accuracy), y(bin.confidence)];
      const said = `sure by ${share(bin.from)} to ${share(bin.to)}: ${bin.images} images, ${(bin.accuracy * 100).toFixed(1)} % right, said ${(bin.confidence * 100).toFixed(1)} %`;
      const [high, low] = [Math.min(top, ideal), Math.max(top, ideal)];
      const box = `x="${left.toFixed(1)}" width="${(right - left).toFixed(1)}"`;
      parts.push(
        `<g><title>${said}</title><rect ${box} y="${low.toFixed(1)}" height="${(y(0) - low).toFixed(1)}" fill="${style.right}" fill-opacity="0.75"/>`,
        `<rect ${box} y="${high.toFixed(1)}" height="${(low - high).toFixed(1)}" fill="${style.wrong}" fill-opacity="0.45"/>`,
        `<rect ${box} y="${(top - 1).toFixed(1)}" height="2.5" fill="${style.right}"/></g>`,
      );
      const bar = (size.counts - 62) * (bin.images / most);
      const base = size.height + size.counts - 50;
      parts.push(
        `<rect x="${left.toFixed(1)}" y="${(base - bar).toFixed(1)}" width="${(right - left).toFixed(1)}" height="${bar.toFixed(1)}" fill="${style.soft}" fill-opacity="0.7"><title>${bin.images} images (${((bin.images / total) * 100).toFixed(1)} %)</title></rect>`,
      );
    }
    const base = size.height + size.counts - 50;
    parts.push(
      `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="${style.text}" stroke-dasharray="4 4"/>`,
      `<line x1="${x(0)}" y1="${base}" x2="${x(1)}" y2="${base}" stroke="${style.grid}"/>`,
      style.letters(x(0) - 44, size.height - 2, 'images', { isBold: true }),
      style.letters((x(0) + x(1)) / 2, base + 24, 'probability of the predicted class', { anchor: 'middle' }),
    );
    return svg(size.width, size.height + size.counts - 14, style, this.title, parts.join('\n'));
  },
});
