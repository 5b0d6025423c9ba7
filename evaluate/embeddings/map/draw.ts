import type { Style } from '../../../plot/index.js';
import { svg } from '../../../plot/index.js';

export interface MapPoints {
  /** float64 `[count, 2]`, 0 to 1 */
  readonly places: Float64Array;
  /** The class of each, and the one that the model says. */
  readonly labels: readonly number[];
  readonly predicted: readonly number[];
  readonly classes: readonly string[];
}

/** Of the picture, in pixels; the points lie within the margin. */
export const frame = { width: 720, height: 560, margin: 26 } as const;

/** Where a point lies in the picture, to a tenth of a pixel. */
export const placeOf = (places: Float64Array, i: number): [number, number] => {
  const { width, height, margin } = frame;
  const at = (share: number, side: number) => Math.round(10 * (margin + share * (side - 2 * margin))) / 10;
  return [at(places[i * 2]!, width), at(1 - places[i * 2 + 1]!, height)];
};

/** Colours come again after so many classes, with another shape. */
const shapes = [
  (x: number, y: number) => `<circle cx="${x}" cy="${y}" r="3"/>`,
  (x: number, y: number) => `<path d="M${x - 2.7} ${y - 2.7}h5.4v5.4h-5.4z"/>`,
  (x: number, y: number) => `<path d="M${x} ${y - 3.6}l3.4 6h-6.8z"/>`,
  (x: number, y: number) => `<path d="M${x} ${y - 3.8}l3.6 3.8l-3.6 3.8l-3.6 -3.8z"/>`,
] as const;

const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** A point for each image, in the colour and shape of its class; those that the model gets wrong with a ring; names in the middle of each class. */
export function drawMap({ places, labels, predicted, classes }: MapPoints, style: Style): string {
  const groups = classes.map((name, c) => {
    const members = labels.flatMap((label, i) => (label === c ? [i] : []));
    if (members.length === 0) return ['', ''] as const;
    const shape = shapes[Math.floor(c / style.series.length) % shapes.length]!;
    const points = members.map((i) => shape(...placeOf(places, i))).join('');
    const [x, y] = [0, 1].map((axis) => middle(members.map((i) => placeOf(places, i)[axis]!))) as [number, number];
    const text = style.letters(x, y + 5, name.length > 18 ? `${name.slice(0, 17)}…` : name, {
      ...{ anchor: 'middle', height: 12, isBold: true },
    });
    const halo = `<circle cx="${x}" cy="${y}" r="${Math.min(34, 8 + 4 * Math.min(name.length, 18))}" fill="${style.paper ?? 'var(--card)'}" fill-opacity=".72"/>`;
    return [
      `<g fill="${style.series[c % style.series.length]}" fill-opacity=".75">${points}</g>`,
      classes.length <= 24 ? halo + text : '',
    ] as const;
  });
  const wrong = labels.flatMap((label, i) => {
    if (label === predicted[i]) return [];
    const [x, y] = placeOf(places, i);
    return [`<circle cx="${x}" cy="${y}" r="5.2"/>`];
  });
  const rings = `<g fill="none" stroke="${style.text}" stroke-width="1.1">${wrong.join('')}</g>`;
  const content = [...groups.map(([points]) => points), rings, ...groups.map(([, text]) => text)].join('\n');
  return svg(frame.width, frame.height, style, 'A map of images: near ones look alike to the network', content);
}
