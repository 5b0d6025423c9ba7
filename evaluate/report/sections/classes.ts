import { decimals, escapeHtml, percent, table } from '../html.js';
import type { Section } from '../section.js';

export const classes: Section = {
  id: 'classes',
  title: 'Class by class',
  make({ evaluation: { metrics, scored } }) {
    const { perClass, rocAuc } = metrics;
    const count = perClass.length;
    const bar = (value: number | null) =>
      value === null ? '–' : `<span class="bar" style="--share:${(value * 100).toFixed(1)}%">${percent(value)}</span>`;
    const rows = perClass.map((row, c) => {
      const others = Array.from({ length: count }, (_, other) => other).filter(
        (other) => other !== c && scored.confusion[c * count + other]! > 0,
      );
      const worst = others.sort((a, b) => scored.confusion[c * count + b]! - scored.confusion[c * count + a]!)[0];
      const images = worst === undefined ? 0 : scored.confusion[c * count + worst]!;
      const sort = (value: number | null) => value ?? -1;
      return [
        { html: escapeHtml(row.name), sort: c },
        { html: row.support.toLocaleString('en'), sort: row.support },
        { html: bar(row.precision), sort: sort(row.precision) },
        { html: bar(row.recall), sort: sort(row.recall) },
        { html: bar(row.f1), sort: sort(row.f1) },
        { html: decimals(rocAuc.classes[c]), sort: sort(rocAuc.classes[c] ?? null) },
        worst === undefined
          ? { html: '', sort: 0 }
          : { html: `${escapeHtml(scored.classes[worst]!)} (${images})`, sort: images },
      ];
    });
    const columns = [
      { title: 'class' },
      ...['images', 'precision', 'recall', 'F1', 'ROC-AUC'].map((title) => ({ title, isNumber: true })),
      { title: 'most often called' },
    ];
    return { html: table(columns, rows) };
  },
};
