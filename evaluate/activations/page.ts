import type { LoadedModel } from '../../runtime/model/index.js';
import { escapeHtml, percent } from '../report/html.js';
import { style } from '../report/page/style.js';

/** A picture in the page. */
export interface Shown {
  readonly title: string;
  readonly caption: string;
  readonly png: Uint8Array;
}

/** A training image that is near, as a person sees it. */
export interface ShownNeighbour {
  readonly label: string;
  readonly file: string;
  readonly distance: number;
  readonly isSame: boolean;
  readonly png: Uint8Array | undefined;
}

export interface ShownImage {
  readonly name: string;
  readonly input: Uint8Array;
  readonly top: readonly { readonly label: string; readonly probability: number }[];
  /** The class that the heat maps are of. */
  readonly label: string;
  readonly heat: readonly Shown[];
  readonly layers: readonly Shown[];
  readonly neighbours: readonly ShownNeighbour[];
}

/** What explanations look like, besides the report's own style. */
export const explainStyle = `
.seen{display:grid;gap:18px;grid-template-columns:repeat(auto-fit,minmax(min(224px,100%),1fr));align-items:start}
.seen figure,.plates figure{margin:0;min-width:0}
.seen img{width:100%;max-width:280px;height:auto;border-radius:8px;image-rendering:pixelated;display:block}
.plates{display:flex;flex-wrap:wrap;gap:22px;align-items:flex-start;margin-top:14px}
.plates figure{max-width:100%}
section>h3{margin-top:24px}
@media (min-width:860px){.near{flex-wrap:wrap}}
.plates img{max-width:100%;height:auto;display:block;border-radius:10px;border:1px solid var(--line)}
.bars{display:grid;grid-template-columns:fit-content(9em) minmax(0,1fr) auto;gap:7px 10px;margin:0;padding:0;list-style:none;font-variant-numeric:tabular-nums;font-size:.92rem}
.bars li{display:grid;grid-template-columns:subgrid;grid-column:1/-1;align-items:center}
.bars i{display:block;height:12px;border-radius:6px;background:var(--plot-1);min-width:2px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bars span:last-child{text-align:right}
.near{display:flex;gap:10px;overflow-x:auto;padding:4px 2px 8px;margin:0;list-style:none}
.near li{flex:0 0 auto;display:grid;justify-items:center;gap:2px;font-size:.82rem;line-height:1.3;width:76px;text-align:center}
.near img,.near .none{width:64px;height:64px;object-fit:contain;border-radius:6px;image-rendering:pixelated;background:var(--well);border:2px solid transparent}
.near .other img{border-color:var(--bad)}
.near .other b{color:var(--bad)}
.near small{color:var(--soft);font-variant-numeric:tabular-nums}
`;

const picture = (png: Uint8Array, alt: string) =>
  `<img alt="${escapeHtml(alt)}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">`;

export const figure = ({ title, caption, png }: Shown) =>
  `<figure>${picture(png, title)}<figcaption><b>${escapeHtml(title)}.</b> ${escapeHtml(caption)}</figcaption></figure>`;

function nearest(neighbours: readonly ShownNeighbour[]): string {
  if (neighbours.length === 0) return '';
  const items = neighbours.map(
    ({ label, file, distance, isSame, png }) =>
      `<li${isSame ? '' : ' class="other"'} title="${escapeHtml(file)}">${png ? picture(png, `${label}: ${file}`) : '<span class="none"></span>'}<b>${escapeHtml(label)}</b><small>${distance < 1e-5 ? '0' : distance.toPrecision(3)}</small></li>`,
  );
  const same = neighbours.filter(({ isSame }) => isSame).length;
  return `<h3>The nearest training images</h3><p class="soft">These voted, nearest first, each with its distance: ${same} of ${neighbours.length} for the class that won. The others have a frame.</p><ul class="near" tabindex="0">${items.join('')}</ul>`;
}

function section({ name, input, top, label, heat, layers, neighbours }: ShownImage, at: number): string {
  const bars = top.map(
    (one) =>
      `<li><span>${escapeHtml(one.label)}</span><span><i style="width:${(100 * one.probability).toFixed(1)}%"></i></span><span>${percent(one.probability, 1)}</span></li>`,
  );
  const other = label === top[0]?.label ? '' : `<p class="soft">The heat maps are of “${escapeHtml(label)}”.</p>`;
  const said = top.length > 0 ? `<div><h3>What it says</h3><ul class="bars">${bars.join('')}</ul>${other}</div>` : '';
  return `<section id="image-${at + 1}"><h2>${escapeHtml(name)}${top[0] ? `: ${escapeHtml(top[0].label)}` : ''}</h2>
<div class="seen"><figure>${picture(input, name)}<figcaption>As the network takes it.</figcaption></figure>
${heat.map(figure).join('\n')}
${said}</div>
${nearest(neighbours)}
<h3>Feature maps</h3><p class="soft">A tile is a map; within a layer all tiles share one scale of colours.</p>
<div class="plates">${layers.map(figure).join('\n')}</div></section>`;
}

/** One page with all pictures in it, which opens from disk. */
export function explainPage(
  { name, provenance, neighbours, guesses }: LoadedModel,
  engine: string,
  images: readonly ShownImage[],
): string {
  const short = name.split(/[\\/]/).slice(-2).join('/');
  const kind = neighbours
    ? `the ${neighbours.k} nearest of ${neighbours.images} training images vote`
    : (provenance.recipe ?? 'an ONNX network');
  const notes =
    guesses.length > 0
      ? `<ul class="notes">${guesses.map((guess) => `<li>${escapeHtml(guess)}</li>`).join('')}</ul>`
      : '';
  const links = images.map(({ name }, at) => `<li><a href="#image-${at + 1}">${escapeHtml(name)}</a></li>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';img-src data:;style-src 'unsafe-inline'">
<title>What ${escapeHtml(short)} sees</title><style>${style}${explainStyle}</style></head>
<body><header><h1>What ${escapeHtml(short)} sees</h1><p>${escapeHtml(kind)}; looked into with ${escapeHtml(engine)}.</p>${notes}</header>
<nav><ul>${links.join('')}</ul></nav>
<main>${images.map(section).join('\n')}</main>
<footer>Colours: viridis and inferno, which are even to the eye, in print and for every kind of colour vision (Smith and van der Walt 2015).</footer></body></html>
`;
}
