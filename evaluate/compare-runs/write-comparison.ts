import { join } from 'node:path';
import { version, writeWhole } from '../../machine/index.js';
import { decimals, escapeHtml, figure, lastOf, percent, points, table } from '../report/html.js';
import { page } from '../report/page/page.js';
import { intervalsPlot } from '../report/plots/intervals.js';
import { writePlot } from '../report/write-plot.js';
import type { RunComparison } from './compare-runs.js';

/** More pairs than this are in the table alone. */
const mostDrawn = 15;

const small = (p: number) => (p < 0.0001 ? '< 0.0001' : p.toFixed(4));

/** Writes runs side by side: `index.html`, `report.json`, and the plots as SVG and PNG. @returns the page's path */
export async function writeComparison(folder: string, comparison: RunComparison): Promise<string> {
  const { runs, pairs, dataset } = comparison;
  const accuracies = intervalsPlot(
    'accuracy',
    'Accuracy with its 95 % interval',
    runs.map(({ name, metrics: { accuracy } }) => ({ name, ...accuracy })),
    (value) => `${Number((value * 100).toFixed(2))} %`,
  );
  const gains = intervalsPlot(
    'differences',
    'Differences in accuracy, in points, with their 95 % intervals',
    pairs
      .slice(0, mostDrawn)
      .map(({ first, second, gain, low, high }) => ({ name: `${second} - ${first}`, value: gain, low, high })),
    (value) => String(Number((value * 100).toFixed(2))),
    0,
  );
  const number = (title: string) => ({ title, isNumber: true });
  const overview = table(
    [
      { title: 'run' },
      ...[
        'accuracy',
        '95 % interval',
        'macro F1',
        'log loss',
        'calibration error',
        'ROC-AUC',
        'parameters',
        'MB',
        'images/s',
      ].map(number),
    ],
    runs.map(({ name, metrics, model, imagesPerSecond }) => [
      escapeHtml(name),
      { html: percent(metrics.accuracy.value), sort: metrics.accuracy.value },
      { html: `${percent(metrics.accuracy.low)} to ${percent(metrics.accuracy.high)}`, sort: metrics.accuracy.low },
      { html: percent(metrics.averages.macro.f1), sort: metrics.averages.macro.f1 },
      decimals(metrics.logLoss),
      { html: percent(metrics.calibration.ece), sort: metrics.calibration.ece },
      decimals(metrics.rocAuc.macro),
      { html: model.provenance.parameters?.toLocaleString('en') ?? '–', sort: model.provenance.parameters ?? -1 },
      (model.bytes / 1e6).toFixed(2),
      { html: Math.round(imagesPerSecond).toLocaleString('en'), sort: imagesPerSecond },
    ]),
  );
  const significance = table(
    [
      { title: 'first' },
      { title: 'second' },
      ...['first alone right', 'second alone right', 'difference', '95 % interval', 'p', 'p (Holm)'].map(number),
    ],
    pairs.map(({ first, second, onlyFirst, onlySecond, gain, low, high, p, adjusted }) => [
      ...[escapeHtml(first), escapeHtml(second)],
      ...[String(onlyFirst), String(onlySecond)],
      { html: points(gain), sort: gain },
      { html: `${points(low)} to ${points(high)}`, sort: low },
      { html: small(p), sort: p },
      { html: adjusted < 0.05 ? `<b>${small(adjusted)}</b>` : small(adjusted), sort: adjusted },
    ]),
  );
  const labels = [...new Set(runs.flatMap(({ metrics }) => metrics.perClass.map(({ name }) => name)))];
  const classes = table(
    [{ title: 'class' }, ...runs.map(({ name }) => number(name))],
    labels.map((label, c) => [
      { html: escapeHtml(label), sort: c },
      ...runs.map(({ metrics }) => {
        const f1 = metrics.perClass.find(({ name }) => name === label)?.f1 ?? null;
        return { html: percent(f1), sort: f1 ?? -1 };
      }),
    ]),
  );
  const html = await page({
    title: `${runs.length} runs on ${lastOf(dataset.name)}`,
    about: `<p>The same ${dataset.images.toLocaleString('en')} images (${escapeHtml(dataset.part)}), ${comparison.paired === 'sha256' ? `sha256 ${dataset.digest.slice(0, 12)}…` : 'known by their files, as the models take them in different sizes'}</p>`,
    sections: [
      { id: 'runs', title: 'Side by side', html: `${overview}${figure(accuracies)}` },
      {
        id: 'pairs',
        title: 'Whether a difference is more than chance',
        html: `${significance}<p class="soft">McNemar’s exact test on the images that only one of the two gets right; ${pairs.length > 1 ? `Holm’s correction, as there are ${pairs.length} pairs; ` : ''}bold below 0.05. Differences are in points of accuracy, second less first.</p>${figure(gains)}`,
      },
      { id: 'classes', title: 'F1 of each class', html: classes },
    ],
    end: `Written by onward ${escapeHtml(version)}. Every number is in report.json.`,
  });
  for (const plot of [accuracies, gains]) await writePlot(folder, plot);
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify({ format: 'comparison-1', ...comparison })}\n`);
  const path = join(folder, 'index.html');
  await writeWhole(path, html);
  return path;
}
