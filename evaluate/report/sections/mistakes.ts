import { mostThumbnails } from '../../mistakes/index.js';
import type { Section } from '../section.js';

const option = (value: string, text: string) => `<option value="${value}">${text}</option>`;

/** The images that the model gets wrong, labels in doubt and near-duplicates: to browse, filter, sort and mark. */
export const mistakes: Section = {
  id: 'mistakes',
  title: 'Where it fails',
  make({ evaluation: { dataset, scored }, gallery, thumbnails }) {
    const { items } = gallery;
    const counts = [
      `${gallery.mistakes.toLocaleString('en')} ${gallery.mistakes === 1 ? 'mistake' : 'mistakes'}`,
      `${gallery.labelErrors.toLocaleString('en')} ${gallery.labelErrors === 1 ? 'label' : 'labels'} in doubt`,
      `${gallery.duplicates.toLocaleString('en')} images that are nearly the same as another${gallery.contradictions > 0 ? `, ${gallery.contradictions} pairs of them labelled differently` : ''}`,
    ].join('; ');
    const { sheets, ...layout } = thumbnails;
    const all = gallery.mistakes + gallery.labelErrors + gallery.duplicates;
    const sample =
      items.length >= mostThumbnails && all > items.length
        ? ` Shown is a sample of ${items.length.toLocaleString('en')}: labels in doubt first, then each class's most confident mistakes.`
        : '';
    const style = sheets.map((url, i) => `#mistakes .sheet-${i}{background-image:url(${url})}`).join('\n');
    const controls = `<div class="controls">
<label>Show <select id="mistakes-kind">${option('all', 'all')}${option('mistake', 'mistakes')}${option('doubt', 'labels in doubt')}${option('twin', 'near-duplicates')}</select></label>
<label>Is <select id="mistakes-label">${option('', 'any class')}</select></label>
<label>Called <select id="mistakes-predicted">${option('', 'any class')}</select></label>
<label>Sort <select id="mistakes-sort">${option('sure', 'surest first')}${option('unsure', 'least sure first')}${option('own', 'own class unlikely first')}${option('name', 'by file')}</select></label>
<label>Group <select id="mistakes-group">${option('label', 'by class')}${option('predicted', 'by what it is called')}${option('none', 'all together')}</select></label>
</div>
<div class="controls marking"><span id="mistakes-count" aria-live="polite"></span>
<button type="button" id="mistakes-mark">Mark all shown</button><button type="button" id="mistakes-clear">Clear marks</button>
<button type="button" id="mistakes-save" disabled>Save list to relabel</button></div>`;
    return {
      html: `<p>${counts}.${sample} Click images to mark them; the list of what is marked can be saved as CSV.</p><style>${style}</style>${items.length > 0 ? controls : ''}<div id="mistakes-galleries"><noscript>The pictures need JavaScript.</noscript></div>
<p class="soft">A label is in doubt where the model, by confident learning, counts the image as another class. Near-duplicates are images whose pixels correlate by 0.98 or more, whatever their brightness and contrast.</p>`,
      script: 'mistakes',
      data: {
        classes: scored.classes,
        layout,
        items: items.map(({ image, label, predicted, probability, own, suggested, twin, twinDiffers }) => [
          ...[dataset.origin(image), label, predicted, Number(probability.toFixed(4)), Number(own.toFixed(4))],
          ...[suggested ?? -1, twin === null ? '' : dataset.origin(twin), twinDiffers ? 1 : 0],
        ]),
      },
      json: {
        ...{
          mistakes: gallery.mistakes,
          labelErrors: gallery.labelErrors,
          duplicates: gallery.duplicates,
          contradictions: gallery.contradictions,
        },
        shown: items.map((item) => ({ ...item, file: dataset.origin(item.image) })),
      },
    };
  },
};
