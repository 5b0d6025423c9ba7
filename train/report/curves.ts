import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { EpochRow } from '../run-folder.js';

/** In pixels of the picture at its smallest. */
const panel = { width: 430, height: 300, left: 58, right: 20, top: 46, bottom: 44 };
/** Told apart with every kind of colour vision, and in grey (Okabe & Ito). */
const colors = { train: '#0072b2', validation: '#d55e00', grid: '#e3e3e3', text: '#333333', best: '#888888' };

interface Curve {
  readonly color: string;
  readonly name: string;
  readonly values: readonly number[];
}
interface Panel {
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Of the axis' numbers. */
  readonly format: (value: number) => string;
  readonly most?: number;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const text = (x: number, y: number, content: string, more = '') =>
  `<text x="${x}" y="${y}" ${more}>${escaped(content)}</text>`;

function drawPanel(
  { title, curves, format, most }: Panel,
  epochs: readonly number[],
  best: number,
  offset: number,
): string {
  const [x0, x1] = [offset + panel.left, offset + panel.width - panel.right];
  const [y0, y1] = [panel.height - panel.bottom, panel.top];
  const all = curves.flatMap(({ values }) => values);
  const [first, last] = [epochs[0]!, epochs.at(-1)!];
  // One epoch alone stands in the middle.
  const x = scaleLinear(first === last ? [first - 1, last + 1] : [first, last], [x0, x1]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const y = scaleLinear(
    [Math.max(low - margin, 0), Math.min(high + margin, most ?? Number.POSITIVE_INFINITY)],
    [y0, y1],
  );
  const at = (value: number) => value.toFixed(1);

  const atEnd = x(best) > x1 - 40;

  const rows = y
    .ticks(5)
    .map(
      (tick) =>
        `<line x1="${x0}" x2="${x1}" y1="${at(y(tick))}" y2="${at(y(tick))}" stroke="${colors.grid}"/>${text(x0 - 8, y(tick) + 4, format(tick), 'text-anchor="end"')}`,
    );
  const marks = first === last ? [first] : x.ticks(Math.min(8, epochs.length)).filter(Number.isInteger);
  const columns = marks.map((tick) => text(x(tick), y0 + 18, String(tick), 'text-anchor="middle"'));
  const path = line<number>(
    (_, i) => x(epochs[i]!),
    (value) => y(value),
  );
  const lines = curves.map(({ color, values }) => {
    const dots =
      epochs.length > 30
        ? []
        : values.map((value, i) => `<circle cx="${at(x(epochs[i]!))}" cy="${at(y(value))}" r="2.4"/>`);
    return `<g fill="${color}"><path d="${path([...values])}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/>${dots.join('')}</g>`;
  });
  const legend = curves.map(({ color, name }, i) => {
    const left = x1 - 180 + i * 78;
    return `<line x1="${left}" x2="${left + 18}" y1="${y1 - 18}" y2="${y1 - 18}" stroke="${color}" stroke-width="3"/>${text(left + 23, y1 - 14, name)}`;
  });
  return [
    text(x0, y1 - 14, title, 'font-weight="bold" font-size="14"'),
    ...rows,
    ...columns,
    text((x0 + x1) / 2, y0 + 36, 'epoch', 'text-anchor="middle"'),
    `<line x1="${at(x(best))}" x2="${at(x(best))}" y1="${y0}" y2="${y1}" stroke="${colors.best}" stroke-dasharray="3 3"/>`,
    text(
      x(best) + (atEnd ? -5 : 5),
      y0 - 6,
      'best',
      `font-size="11" fill="${colors.best}" text-anchor="${atEnd ? 'end' : 'start'}"`,
    ),
    ...lines,
    ...legend,
  ].join('\n');
}

/**
 * Loss and accuracy over the epochs, in training and validation, as SVG; a dashed line stands at the best epoch.
 * @param history at least one epoch
 */
export function curvesSvg(history: readonly EpochRow[], bestEpoch: number): string {
  const epochs = history.map(({ epoch }) => epoch);
  const curves = (train: 'loss' | 'accuracy'): Curve[] => [
    { color: colors.train, name: 'train', values: history.map((row) => row[train]) },
    { color: colors.validation, name: 'validation', values: history.map((row) => row[`val_${train}`]) },
  ];
  const decimals = (value: number) => String(Number(value.toPrecision(6)));
  const panels: Panel[] = [
    { title: 'loss', curves: curves('loss'), format: decimals },
    { title: 'accuracy', curves: curves('accuracy'), format: (value) => `${decimals(value * 100)} %`, most: 1 },
  ];
  const [width, height] = [panel.width * panels.length, panel.height];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, Arial, Helvetica, sans-serif" font-size="12" fill="${colors.text}">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${panels.map((one, i) => drawPanel(one, epochs, bestEpoch, i * panel.width)).join('\n')}
</svg>
`;
}
