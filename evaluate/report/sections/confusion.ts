import { escapeHtml, figure, percent, table } from '../html.js';
import { confusionPlot } from '../plots/confusion.js';
import type { Section } from '../section.js';

export const confusion: Section = {
  id: 'confusion',
  title: 'What it confuses',
  make({ evaluation: { scored, metrics } }) {
    const plot = confusionPlot(scored);
    const rows = metrics.confusedPairs
      .slice(0, 10)
      .map(({ label, predicted, images, share }) => [
        escapeHtml(label),
        escapeHtml(predicted),
        { html: images.toLocaleString('en'), sort: images },
        { html: percent(share, 1), sort: share },
      ]);
    const columns = [
      { title: 'is' },
      { title: 'called' },
      { title: 'images', isNumber: true },
      { title: 'of the class', isNumber: true },
    ];
    const pairs =
      rows.length > 0
        ? `<div><h3>Most confused</h3>${table(columns, rows)}</div>`
        : '<p>Nothing: every image is called what it is.</p>';
    return {
      html: `<div class="side-by-side">${figure(plot, 'Rows are what images are, columns what they are called. A cell is as strong as its share of its row.')}${pairs}</div>`,
      plots: [plot],
    };
  },
};
