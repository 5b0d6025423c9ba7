import { escapeXml, pageStyle } from '../../plot/index.js';
import type { Plot } from './section.js';

export { escapeXml as escapeHtml };

/** `96.85 %`, never broken before its sign, or a dash. */
export const percent = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined ? '–' : `${(value * 100).toFixed(digits)}\u00a0%`;

/** Four digits behind the point, or a dash. */
export const decimals = (value: number | null | undefined, digits = 4): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

export const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(2)}`;

/** Wider ones are scrolled on a phone, as their letters would be too small to read. */
const widest = 600;

/** A picture with what it shows below it. */
export function figure(plot: Plot, caption = ''): string {
  const drawn = plot.draw(pageStyle);
  const isWide = Number(/ width="(\d+)"/.exec(drawn)?.[1]) > widest;
  return `<figure class="plot${isWide ? ' wide' : ''}"><div class="scroll">${drawn}</div>${caption ? `<figcaption>${caption}</figcaption>` : ''}</figure>`;
}

export interface Column {
  readonly title: string;
  /** Lined up to the right. */
  readonly isNumber?: boolean;
}

/** A cell: what is shown (HTML), and what it sorts by. */
export type Cell = string | { readonly html: string; readonly sort: number | string };

/** A table that fits a phone by scrolling sideways; a click on a column's title sorts by it. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { sortable = true } = {},
): string {
  const heads = columns.map(
    ({ title, isNumber }) => `<th scope="col"${isNumber ? ' class="number"' : ''}>${escapeXml(title)}</th>`,
  );
  const cells = (row: readonly Cell[]) =>
    row.map((cell, i) => {
      const [html, sort] = typeof cell === 'string' ? [cell, undefined] : [cell.html, cell.sort];
      const kind = columns[i]?.isNumber ? ' class="number"' : '';
      return `<td${kind}${sort === undefined ? '' : ` data-sort="${escapeXml(String(sort))}"`}>${html}</td>`;
    });
  return `<div class="scroll" tabindex="0"><table${sortable ? ' data-sortable' : ''}><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row).join('')}</tr>`).join('\n')}</tbody></table></div>`;
}

/** Words and what they are. */
export const facts = (rows: readonly (readonly [string, string])[]): string =>
  `<dl class="facts">${rows.map(([name, html]) => `<div><dt>${escapeXml(name)}</dt><dd>${html}</dd></div>`).join('')}</dl>`;

/** A file's place without what is before its folder: a report is shown to others. */
export const shortPath = (path: string): string => path.split(/[\\/]/).slice(-2).join('/');

/** The end of a dataset's name, which may be a path. */
export const lastOf = (name: string): string =>
  name
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1) || name;
