import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { fileStyle, type Style, svg } from './style.js';

/** One epoch of a training. */
export interface CurvesRow {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly val_loss: number;
  readonly val_accuracy: number;
}

/** In pixels of the picture at its smallest. */
const panel = { width: 430, height: 300, left: 58, right: 20, top: 46, bottom: 44 };

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
  /** Where the curves are not. */
  readonly free: 'top' | 'bottom';
}

function drawPanel(
  { title, curves, format, most, free }: Panel,
  epochs: readonly number[],
  best: number,
  offset: number,
  style: Style,
): string {
  const text = style.letters;
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
        `<line x1="${x0}" x2="${x1}" y1="${at(y(tick))}" y2="${at(y(tick))}" stroke="${style.grid}"/>${text(x0 - 8, y(tick) + 4, format(tick), { anchor: 'end' })}`,
    );
  const marks = first === last ? [first] : x.ticks(Math.min(8, epochs.length)).filter(Number.isInteger);
  const columns = marks.map((tick) => text(x(tick), y0 + 18, String(tick), { anchor: 'middle' }));
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
    text(x0, y1 - 14, title, { isBold: true, height: 11 }),
    ...rows,
    ...columns,
    text((x0 + x1) / 2, y0 + 36, 'epoch', { anchor: 'middle' }),
    `<line x1="${at(x(best))}" x2="${at(x(best))}" y1="${y0}" y2="${y1}" stroke="${style.soft}" stroke-dasharray="3 3"/>`,
    text(x(best) + (atEnd ? -5 : 5), free === 'top' ? y1 + 10 : y0 - 6, 'best', {
      color: style.soft,
      height: 8,
      anchor: atEnd ? 'end' : 'start',
    }),
    ...lines,
    ...legend,
  ].join('\n');
}

/**
 * Loss and accuracy over the epochs, in training and validation, as SVG; a dashed line stands at the best epoch.
 * @param history at least one epoch
 * @param which of the two, side by side
 */
export function curvesSvg(
  history: readonly CurvesRow[],
  bestEpoch: number,
  style: Style = fileStyle,
  which: readonly ('loss' | 'accuracy')[] = ['loss', 'accuracy'],
): string {
  const epochs = history.map(({ epoch }) => epoch);
  const curves = (train: 'loss' | 'accuracy'): Curve[] => [
    { color: style.first, name: 'train', values: history.map((row) => row[train]) },
    { color: style.second, name: 'validation', values: history.map((row) => row[`val_${train}`]) },
  ];
  const decimals = (value: number) => String(Number(value.toPrecision(6)));
  const both: Panel[] = [
    { title: 'loss', curves: curves('loss'), format: decimals, free: 'top' },
    {
      title: 'accuracy',
      curves: curves('accuracy'),
      format: (value) => `${decimals(value * 100)} %`,
      most: 1,
      free: 'bottom',
    },
  ];
  const panels = which.map((name) => both.find(({ title }) => title === name)!);
  const [width, height] = [panel.width * panels.length, panel.height];
  const name = which.join(' and ');
  const drawn = panels.map((one, i) => drawPanel(one, epochs, bestEpoch, i * panel.width, style)).join('\n');
  return svg(width, height, style, `${name[0]!.toUpperCase()}${name.slice(1)} of the training, epoch by epoch`, drawn);
}
