import { escapeHtml, facts, percent, points, table } from '../../evaluate/index.js';
import { figureRows, shortened } from '../study-json.js';
import { nothing, type StudySection, whole } from './section.js';

/** The published numbers, ours beside them; blank where nothing was measured. */
export const figures: StudySection = {
  id: 'figures',
  title: 'Published, and here',
  make(study) {
    const rows = figureRows(study);
    const short = shortened(study);
    const cells = rows.map(({ what, published, ours, reason }) => [
      escapeHtml(what),
      { html: percent(published), sort: published },
      ours ? { html: percent(ours.value), sort: ours.value } : { html: '', sort: -1 },
      ours
        ? {
            html: `${percent(ours.low)} to ${percent(ours.high)}<small>${whole(ours.images)} images</small>`,
            sort: ours.low,
          }
        : { html: '', sort: -1 },
      ours
        ? { html: points(ours.value - published), sort: ours.value - published }
        : { html: `<span class="blank">${escapeHtml(reason ?? '')}</span>`, sort: -2 },
    ]);
    const columns = [
      { title: 'accuracy of' },
      { title: 'published', isNumber: true },
      { title: 'here', isNumber: true },
      { title: '95 % interval', isNumber: true },
      { title: 'points more, or why it is blank' },
    ];
    return `${short ? `<p class="lead">${escapeHtml(short)}</p>` : ''}${rows.every(({ ours }) => !ours) ? nothing('nothing was measured yet') : ''}${table(columns, cells)}
<details><summary>What is measured</summary>${facts(rows.map(({ what, meaning }) => [what, escapeHtml(meaning)]))}</details>
<p class="soft">The published figures are those of SVHN, cropped digits; here it was ${escapeHtml(study.dataset.name)}. The interval is Wilson’s: what the number of images leaves open, not what another seed would change.</p>`;
  },
};
