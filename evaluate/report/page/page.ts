import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { escapeHtml } from '../html.js';
import type { SectionContent } from '../section.js';
import { style } from './style.js';

export interface PageSection extends Pick<SectionContent, 'html' | 'data' | 'script'> {
  readonly id: string;
  readonly title: string;
}

export interface PageOptions {
  readonly title: string;
  /** HTML below the title. */
  readonly about: string;
  readonly sections: readonly PageSection[];
  /** HTML at the end. */
  readonly end: string;
}

/** The built module of a section: it imports nothing, so it runs inside the page. */
const scriptOf = async (name: string): Promise<string> => {
  const path = fileURLToPath(new URL(`./${name}.browser.js`, import.meta.url));
  return (await readFile(path, 'utf8')).replaceAll('</script', '<\\/script');
};

/** JSON that cannot end the element that it stands in. */
const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** One HTML file that needs no other and no network: it says so to the browser, too. */
export async function page({ title, about, sections, end }: PageOptions): Promise<string> {
  const names = [...new Set(['tables', 'thumbs', ...sections.flatMap(({ script }) => (script ? [script] : []))])];
  const scripts = await Promise.all(names.map(scriptOf));
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  const parts = sections.map(
    ({ id, title, html, data }) =>
      `<section id="${id}"><h2>${escapeHtml(title)}</h2>\n${html}\n${data === undefined ? '' : `<script type="application/json" id="${id}-data">${json(data)}</script>`}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="generator" content="onward">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1>${about}</header>
<nav aria-label="Sections"><ul>${links.join('')}</ul></nav>
<main>
${parts.join('\n')}
</main>
<footer>${end}</footer>
${scripts.map((script) => `<script type="module">\n${script}</script>`).join('\n')}
</body>
</html>
`;
}
