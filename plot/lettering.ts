import { escapeXml } from './escape.js';

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
  ',': ['M.9 9.4L.2 11.6', 1],
  ':': ['M.5 4.6h.01M.5 9.9h.01', 1],
  ';': ['M.9 4.6h.01M.9 9.4L.2 11.6', 1],
  '!': ['M.4 0V7M.4 9.9h.01', 0.8],
  '?': ['M.4 2.4C.6 -.8 5 -.7 5 2.3C5 4.4 2.6 4.6 2.6 7M2.6 9.9h.01', 5.2],
  "'": ['M.4 0V2.4', 0.8],
  '/': ['M0 11L4.4 -.6', 4.4],
  '\\': ['M0 -.6L4.4 11', 4.4],
  '|': ['M.4 -1V12', 0.8],
  _: ['M0 11.4H5.4', 5.4],
  '=': ['M0 4.7H5M0 7.6H5', 5],
  '*': ['M2.2 .4V4.8M.3 1.5L4.1 3.7M4.1 1.5L.3 3.7', 4.4],
  '(': ['M2.4 -.6C-.7 3 -.7 8 2.4 11.4', 2.4],
  ')': ['M0 -.6C3.1 3 3.1 8 0 11.4', 2.4],
  '[': ['M2.2 -.6H.3V11.4H2.2', 2.2],
  ']': ['M0 -.6H1.9V11.4H0', 2.2],
  '<': ['M4.6 3L.2 6.2L4.6 9.4', 4.8],
  '>': ['M.2 3L4.6 6.2L.2 9.4', 4.8],
  '#': ['M2 0L1 10M5 0L4 10M.3 3.4H6M0 6.8H5.6', 6],
  '&': ['M6.6 10L1.6 3.6C.2 1.7 1.2 0 2.8 0C4.6 0 5.2 2.4 3.2 3.8C-.6 6.2 .2 10 2.8 10C4.8 10 6 8 6.2 5.6', 6.6],
  '@': [
    'M6.2 3.2V6.6C6.2 8.4 8.6 8 8.6 5C8.6 -1.2 .2 -1.4 .2 5C.2 10.6 5 11.2 7.2 9.6M6.2 5a1.9 2 0 1 1-3.8 0a1.9 2 0 1 1 3.8 0',
    8.8,
  ],
  '~': ['M0 6.6C1.4 4.4 3.4 8 5 5.8', 5],
  '"': ['M.4 0V2.4M2.6 0V2.4', 3],
  $: ['M5.4 1.8C4 -.2 .4 .4 .4 2.8C.4 5.6 5.7 4.2 5.7 7.2C5.7 9.9 1.8 10.4 .3 8.2M3 -1.2V11.2', 6],
  A: ['M0 10L3.6 0L7.2 10M1.2 6.6H6', 7.2],
  B: ['M0 0V10H3.2C6.6 10 6.6 4.8 3.2 4.8H0M3 4.8C5.8 4.8 5.8 0 3 0H0', 5.8],
  C: ['M6.6 2C4.8 -1.2 .2 -.2 .2 5S4.8 11.2 6.6 8', 6.8],
  D: ['M0 0V10H2.6C8.2 10 8.2 0 2.6 0Z', 6.8],
  E: ['M5.2 0H0V10H5.2M0 4.8H4.4', 5.2],
  F: ['M5.2 0H0V10M0 4.8H4.4', 5.2],
  G: ['M6.6 2C4.8 -1.2 .2 -.2 .2 5S5 11.2 6.9 8.2V5.4H4.2', 7],
  H: ['M0 0V10M6.4 0V10M0 4.8H6.4', 6.4],
  I: ['M.4 0V10', 0.8],
  J: ['M3.6 0V7.4C3.6 10.8 0 10.6 0 7.6', 3.8],
  K: ['M0 0V10M5.6 0L0 6M2.2 3.8L6 10', 6],
  L: ['M0 0V10H4.8', 4.8],
  M: ['M0 10V0L3.8 7L7.6 0V10', 7.6],
  N: ['M0 10V0L6.2 10V0', 6.2],
  O: ['M7.2 5a3.5 5 0 1 1-7 0a3.5 5 0 1 1 7 0', 7.4],
  P: ['M0 10V0H3C6.6 0 6.6 5.4 3 5.4H0', 5.6],
  Q: ['M7.2 5a3.5 5 0 1 1-7 0a3.5 5 0 1 1 7 0M4.6 7.4L7.2 10.8', 7.4],
  R: ['M0 10V0H3C6.6 0 6.6 5 3 5H0M3 5L6 10', 6],
  S: ['M5.6 1.6C4.2 -.6 .4 -.2 .4 2.5C.4 5.6 6 4.3 6 7.4C6 10.4 1.8 10.8 .2 8.4', 6.2],
  T: ['M0 0H6.4M3.2 0V10', 6.4],
  U: ['M0 0V6.4C0 11.2 6.2 11.2 6.2 6.4V0', 6.2],
  V: ['M0 0L3.4 10L6.8 0', 6.8],
  W: ['M0 0L2.4 10L4.8 1L7.2 10L9.6 0', 9.6],
  X: ['M0 0L6 10M6 0L0 10', 6],
  Y: ['M0 0L3.1 5L6.2 0M3.1 5V10', 6.2],
  Z: ['M.2 0H5.8L0 10H6', 6],
  f: ['M3.4 .2C2 -.4 1.2 .4 1.2 2V10M0 4H3', 3.2],
  g: [`${ring}M5 4V10.4C5 13.6 1 13.6 .3 11.8`, 5],
  j: ['M1.4 4V11.2C1.4 12.8 .8 13 0 13M1.4 1.4h.01', 1.6],
  k: ['M0 0V10M4 4L0 7.6M1.5 6.3L4.3 10', 4.3],
  m: ['M0 4V10M0 6.3C.6 3.7 3.6 3.2 3.6 6.2V10M3.6 6.3C4.2 3.7 7.2 3.2 7.2 6.2V10', 7.2],
  q: [`${ring}M5 4V13`, 5],
  w: ['M0 4L1.7 10L3.5 5L5.3 10L7 4', 7],
  x: ['M0 4L4.4 10M4.4 4L0 10', 4.4],
  z: ['M.1 4H4.3L0 10H4.4', 4.4],
  '–': ['M0 6.2H5', 5],
  '·': ['M.5 6.2h.01', 1],
  '±': ['M0 5.4H5M2.5 3V7.8M0 9.8H5', 5],
  '→': ['M0 6.2H6.4M4.2 4L6.4 6.2L4.2 8.4', 6.4],
  '…': ['M.5 9.9h.01M3 9.9h.01M5.5 9.9h.01', 6],
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

/** Letters that are no strokes here: whoever shows the picture has a font for them, or not. */
function asText(
  x: number,
  y: number,
  text: string,
  { anchor = 'start', height = 9, color, isBold }: Lettering,
): string {
  const bold = isBold ? ' font-weight="bold"' : '';
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-family="sans-serif" font-size="${(height * 1.35).toFixed(1)}" text-anchor="${anchor}" fill="${color}"${bold}>${escapeXml(text)}</text>`;
}

/** Text as strokes in SVG; text in letters that there are no strokes for, as text. @param y of the line that it stands on */
export function lettering(x: number, y: number, text: string, options: Lettering): string {
  const { anchor = 'start', height = 9, color, isBold = false } = options;
  const letters = [...text].map((character) => strokes[character] ?? nothing);
  if ([...text].some((character) => !(character in strokes))) return asText(x, y, text, options);
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
  return `<g aria-label="${escapeXml(text)}" transform="${place}" fill="none" stroke="${color}" stroke-width="${isBold ? 1.8 : 1.15}" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}</g>`;
}
