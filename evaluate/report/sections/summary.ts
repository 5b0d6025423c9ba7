import { decimals, escapeHtml, facts, percent, points } from '../html.js';
import type { Section } from '../section.js';

export const summary: Section = {
  id: 'summary',
  title: 'How good it is',
  make({ evaluation }) {
    const { metrics, tta, speed, engine, dataset, notes } = evaluation;
    const { accuracy, topK, averages, calibration, rocAuc } = metrics;
    const big = (value: string, what: string, more = '') =>
      `<div class="tile"><b>${value}</b><span>${what}</span>${more ? `<small>${more}</small>` : ''}</div>`;
    const interval = `95 % interval ${percent(accuracy.low)} to ${percent(accuracy.high)}`;
    const tiles = [
      big(percent(accuracy.value), 'accuracy', interval),
      big(percent(averages.macro.f1), 'macro F1', 'each class counts the same'),
      big(decimals(metrics.logLoss), 'log loss', 'of always 100 % sure and right: 0'),
      big(percent(calibration.ece), 'calibration error', 'how far sure is from right'),
    ];
    const deeper = topK.filter(({ k }) => k > 1).map(({ k, value }) => `${k}: ${percent(value)}`);
    const gain =
      tta &&
      `${percent(tta.metrics.accuracy.value)}, ${points(tta.gain.gain)} points (95 % interval ${points(tta.gain.low)} to ${points(tta.gain.high)}; McNemar p ${tta.gain.p.toPrecision(2)}); the mean of ${tta.draws} draws of ${tta.augmentations.map(({ name }) => escapeHtml(name)).join(', ')}, seed ${tta.seed}`;
    const rows: (readonly [string, string])[] = [
      ['right', `${accuracy.correct.toLocaleString('en')} of ${dataset.length.toLocaleString('en')} images`],
      ...(deeper.length > 0 ? [['among the k likeliest', deeper.join(', ')] as const] : []),
      ['balanced accuracy', percent(metrics.balancedAccuracy)],
      ['Cohen’s kappa', `${decimals(metrics.kappa)}; Matthews’ coefficient ${decimals(metrics.matthews)}`],
      [
        'macro',
        `precision ${percent(averages.macro.precision)}, recall ${percent(averages.macro.recall)}, F1 ${percent(averages.macro.f1)}`,
      ],
      [
        'weighted',
        `precision ${percent(averages.weighted.precision)}, recall ${percent(averages.weighted.recall)}, F1 ${percent(averages.weighted.f1)}`,
      ],
      ['ROC-AUC', `${decimals(rocAuc.macro)}, mean of one class against the rest`],
      ['Brier score', decimals(metrics.brier)],
      ...(gain ? [['with test-time augmentation', gain] as const] : []),
      [
        'speed',
        `${Math.round(speed.imagesPerSecond).toLocaleString('en')} images/s, ${speed.batch} at once, ${escapeHtml(engine.name)} (${escapeHtml(engine.device)}), metrics included`,
      ],
    ];
    const said =
      notes.length > 0 ? `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : '';
    return { html: `<div class="tiles">${tiles.join('')}</div>${facts(rows)}${said}` };
  },
};
