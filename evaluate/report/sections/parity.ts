import { escapeHtml, percent, table } from '../html.js';
import type { Section } from '../section.js';

const small = (value: number | null) => (value === null ? '–' : value === 0 ? '0' : value.toExponential(1));

/** What `onward verify` found, or else how far the engine that ran the evaluation is from the golden samples. */
export const parity: Section = {
  id: 'parity',
  title: 'Whether it predicts the same everywhere',
  make({ parity: report, evaluation: { engine } }) {
    if (!report) {
      const { selfTest } = engine;
      if (!selfTest) return undefined;
      return {
        html: `<p>${escapeHtml(engine.name)}, which ran all of this, is within ${small(selfTest.maxAbsDiff)} of the probabilities that the trainer computed for the ${selfTest.images} samples in the file (allowed: ${selfTest.tolerance}). <code>onward verify</code> compares all engines.</p>`,
      };
    }
    const rows = report.engines.map((row) => [
      escapeHtml(row.engine),
      escapeHtml(row.device ?? '–'),
      row.images ? row.images.toLocaleString('en') : '–',
      small(row.maxAbsDiff),
      percent(row.top1Agreement),
      row.imagesPerSecond === null ? '–' : Math.round(row.imagesPerSecond).toLocaleString('en'),
      `${escapeHtml(row.verdict)}${row.reason ? `<br><small>${escapeHtml(row.reason)}</small>` : ''}`,
    ]);
    const columns = [
      { title: 'engine' },
      { title: 'device' },
      ...['images', 'max |Δp|', 'same class', 'images/s'].map((title) => ({ title, isNumber: true })),
      { title: 'verdict' },
    ];
    return {
      html: `<p>${escapeHtml(report.images)}, compared with ${report.reference === 'golden samples' ? 'what the trainer computed for them' : escapeHtml(report.reference)}.</p>${table(columns, rows, { sortable: false })}`,
      json: report,
    };
  },
};
