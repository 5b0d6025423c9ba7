/** A ring as high as small letters, which several of them are made of. */
const ring = 'M5 7a2.5 3 0 1 1-5 0a2.5 3 0 1 1 5 0';

/**
 * Letters as strokes, [path, width]: 10 high from the line that they stand on (y = 10), small ones 6. A picture with text in it
 * needs fonts where it is drawn, and machines that train often have none.
 */
const strokes: { readonly [character: string]: readonly [path: string, width: number] } = {
  ' ': ['', 2.5],
  '.': ['M.5 9.9h.01', 1],
  '-': ['M0 6.2h3.4', 3.4],
  '+': ['M0 6.2h5M2.5 3.7v5', 5],
  '%': [
    'M3.3 2.3a1.6 2.3 0 1 1-3.2 0a1.6 2.3 0 1 1 3.2 0M7.4 0L2 10M9.3 7.7a1.6 2.3 0 1 1-3.2 0a1.6 2.3 0 1 1 3.2 0',
    9.4,
  ],
  '0': ['M5.8 5a2.8 5 0 1 1-5.6 0a2.8 5 0 1 1 5.6 0', 6],
  '1': ['M.8 2L3.2 0V10', 5],
  '2': ['M.4 2.8a2.6 2.7 0 1 1 4.8 1.5L.3 10H5.8', 6],
  '3': ['M.5 1.5C2 -.6 5.3 -.2 5.3 2.3S3.6 4.7 2.4 4.7C4 4.7 5.7 5.3 5.7 7.3C5.7 10.4 1.8 10.8 .3 8.6', 6],
  '4': ['M4.5 10V0L0 7H6', 6],
  '5': ['M5.3 0H1.2L.7 4.7C2.6 3.2 5.7 3.8 5.7 6.7C5.7 10.4 1.6 10.8 .3 8.8', 6],
  '6': ['M4.8 .2C1.6 1.2 .3 4 .3 6.8M5.7 6.8a2.7 3.2 0 1 1-5.4 0a2.7 3.2 0 1 1 5.4 0', 6],
  '7': ['M.2 0H5.8L2.2 10', 6],
  '8': ['M5.2 2.4a2.2 2.4 0 1 1-4.4 0a2.2 2.4 0 1 1 4.4 0M5.7 7.3a2.7 2.6 0 1 1-5.4 0a2.7 2.6 0 1 1 5.4 0', 6],
  '9': ['M1.2 9.8C4.4 8.8 5.7 6 5.7 3.2M5.7 3.2a2.7 3.2 0 1 1-5.4 0a2.7 3.2 0 1 1 5.4 0', 6],
  a: [`${ring}M5 4V10`, 5],
  b: [`${ring}M0 0V10`, 5],
  c: ['M4.5 5.3C3.4 3.4 0 3.6 0 7S3.4 10.6 4.5 8.7', 4.5],
  d: [`${ring}M5 0V10`, 5],
  e: ['M.1 6.8H4.9C4.9 3 .1 3.2 .1 7C.1 10.6 3.6 10.7 4.6 8.8', 5],
  h: ['M0 0V10M0 6.5C.8 3.6 4.6 3.2 4.6 6.4V10', 4.6],
  i: ['M.4 4V10M.4 1.4h.01', 0.8],
  l: ['M.4 0V10', 0.8],
  n: ['M0 4V10M0 6.5C.8 3.6 4.6 3.2 4.6 6.4V10', 4.6],
  o: [ring, 5],
  p: [`${ring}M0 4V13`, 5],
  r: ['M0 4V10M0 6.8C.4 5 1.4 4 2.9 4.1', 2.9],
  s: ['M3.9 5.1C3 3.6 .4 3.7 .4 5.4C.4 7.4 4.1 6.5 4.1 8.5C4.1 10.3 1 10.5 .1 8.8', 4.2],
  t: ['M1.4 1.6V8.4C1.4 9.7 2.1 10.1 3.1 9.9M0 4H3', 3.1],
  u: ['M0 4V7.6C0 10.8 3.8 10.4 4.6 7.5M4.6 4V10', 4.6],
  v: ['M0 4L2.4 10L4.8 4', 4.8],
  y: ['M0 4L2.5 10M5 4L2.2 11.6C1.8 12.7 1.2 13.1 .2 12.9', 5],
};
const gap = 2.1;
const nothing = ['', 2.5] as const;

export interface Lettering {
  /** Where the text begins, has its middle, or ends. Default: `start`. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Of the high letters, in pixels. Default: 9. */
  readonly height?: number;
  readonly color: string;
  readonly isBold?: boolean;
}

/** Text as strokes in SVG. @param y of the line that it stands on */
export function lettering(x: number, y: number, text: string, options: Lettering): string {
  const { anchor = 'start', height = 9, color, isBold = false } = options;
  const letters = [...text].map((character) => strokes[character] ?? nothing);
  const width = letters.reduce((sum, [, one]) => sum + one + gap, -gap);
  const scale = height / 10;
  const left = x - { start: 0, middle: 0.5, end: 1 }[anchor] * width * scale;
  let at = 0;
  const paths = letters.map(([path, one]) => {
    const drawn = path && `<path d="${path}"${at > 0 ? ` transform="translate(${at.toFixed(1)} 0)"` : ''}/>`;
    at += one + gap;
    return drawn;
  });
  const place = `translate(${left.toFixed(1)} ${(y - height).toFixed(1)}) scale(${scale})`;
  return `<g aria-label="${text}" transform="${place}" fill="none" stroke="${color}" stroke-width="${isBold ? 1.8 : 1.15}" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}</g>`;
}
