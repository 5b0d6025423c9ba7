import { escapeHtml, percent } from '../../evaluate/index.js';
import { type MistakesResult, mistakes as step } from '../steps/index.js';
import { sectionOf, whole } from './section.js';

function item({ thumbnails: { width, height, columns, perSheet }, mistakes }: MistakesResult, at: number): string {
  const { file, predicted, probability } = mistakes[at]!;
  const factor = Math.max(1, Math.floor(64 / Math.max(width, height)));
  const place = at % perSheet;
  const [column, row] = [place % columns, Math.floor(place / columns)];
  const [wide, high] = [width * factor, height * factor];
  const style = `width:${wide}px;height:${high}px;background-position:-${column * wide}px -${row * high}px;background-size:${columns * wide}px auto`;
  return `<li title="${escapeHtml(file)}"><span class="thumb two-${Math.floor(at / perSheet)}" style="${style}"></span><b>${escapeHtml(predicted)}</b><small>${percent(probability, 1)}</small></li>`;
}

export const mistakes = sectionOf(step, {
  id: 'mistakes',
  title: 'Mistakes on class 2',
  show(result) {
    const { label, images, wrong, called, thumbnails } = result;
    if (wrong === 0) return `<p>None: all ${whole(images)} test images of class ${escapeHtml(label)} are right.</p>`;
    const as = called.map((one) => `${escapeHtml(one.label)} (${whole(one.images)})`).join(', ');
    const shown = result.mistakes.length;
    const sample = shown < wrong ? ` The ${whole(shown)} most confident ones are shown.` : '';
    const sheets = thumbnails.sheets.map((url, i) => `#mistakes .two-${i}{background-image:url(${url})}`).join('\n');
    return `<p>Of ${whole(images)} test images of class ${escapeHtml(label)}, simplenet-augmented calls ${whole(wrong)} something else: ${as}.${sample}</p>
<style>${sheets}</style>
<ul class="wrong">${result.mistakes.map((_, at) => item(result, at)).join('')}</ul>
<p class="soft">Below each image: what it is called, and how sure the network is of that; the surest first.</p>`;
  },
});
