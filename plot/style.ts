import { escapeXml } from './escape.js';
import { type Lettering, lettering } from './lettering.js';

/** What a picture is drawn with: fixed colours and letters of strokes for a file, the page's own for a page. */
export interface Style {
  /** Behind everything; none where the page shows through. */
  readonly paper: string | undefined;
  readonly text: string;
  readonly soft: string;
  readonly grid: string;
  /** Told apart with every kind of colour vision, and in grey (Okabe & Ito). */
  readonly first: string;
  readonly second: string;
  /** For many lines. */
  readonly series: readonly string[];
  /** What is right, and what is wrong, from little to much. */
  readonly right: string;
  readonly wrong: string;
  letters(x: number, y: number, content: string, options?: Partial<Lettering>): string;
}

const okabeIto = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#7f6a00',
  '#666666',
  '#5b4db8',
  '#8a1f4d',
] as const;

/** For pictures that stand alone: on white. */
export const fileStyle: Style = {
  paper: '#ffffff',
  text: '#333333',
  soft: '#888888',
  grid: '#e3e3e3',
  first: '#0072b2',
  second: '#d55e00',
  series: okabeIto,
  right: '#0072b2',
  wrong: '#d55e00',
  letters: (x, y, content, options = {}) => lettering(x, y, content, { color: '#333333', ...options }),
};

/** For pictures inside a page that sets these properties, light or dark. */
export const pageStyle: Style = {
  paper: undefined,
  text: 'var(--text)',
  soft: 'var(--soft)',
  grid: 'var(--line)',
  first: 'var(--plot-1)',
  second: 'var(--plot-2)',
  series: okabeIto.map((_, i) => `var(--plot-${i + 1})`),
  right: 'var(--plot-1)',
  wrong: 'var(--plot-2)',
  letters(x, y, content, { anchor = 'start', height = 9, color = 'var(--text)', isBold = false } = {}) {
    const bold = isBold ? ' font-weight="600"' : '';
    return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${color}" font-size="${(height * 1.4).toFixed(1)}" text-anchor="${anchor}"${bold}>${escapeXml(content)}</text>`;
  },
};

/** A picture of so many pixels, with what is drawn in it. @param title what it shows, for who cannot see it */
export const svg = (width: number, height: number, { paper }: Style, title: string, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">
${paper ? `<rect width="${width}" height="${height}" fill="${paper}"/>\n` : ''}${content}
</svg>
`;
