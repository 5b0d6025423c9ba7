import type { Evaluation } from '../../evaluate/index.js';
import { table } from './table.js';

const percent = (value: number | null, digits = 2) => (value === null ? '–' : `${(value * 100).toFixed(digits)} %`);
const number = (value: number | null) => (value === null ? '–' : value.toFixed(4));
const signed = (value: number) => `${value < 0 ? '' : '+'}${(value * 100).toFixed(2)}`;

/** More classes than this are in the report alone, the worst of them here. */
const mostClasses = 30;

/** What an evaluation comes to, for a terminal. */
export function formatEvaluation({ model, dataset, part, engine, metrics, tta, speed, notes }: Evaluation): string {
  const { accuracy, topK, averages, calibration, perClass, confusedPairs, rocAuc } = metrics;
  const deeper = topK.filter(({ k }) => k > 1);
  const facts: [string, string][] = [
    [
      'accuracy',
      `${percent(accuracy.value)}, 95 % interval ${percent(accuracy.low)} to ${percent(accuracy.high)} (${accuracy.correct} of ${dataset.length})`,
    ],
    ...(deeper.length > 0
      ? [['top-k', deeper.map(({ k, value }) => `${k}: ${percent(value)}`).join(', ')] as [string, string]]
      : []),
    ['log loss', `${number(metrics.logLoss)}; Brier score ${number(metrics.brier)}`],
    [
      'balanced',
      `accuracy ${percent(metrics.balancedAccuracy)}, Cohen's kappa ${number(metrics.kappa)}, Matthews ${number(metrics.matthews)}`,
    ],
    [
      'macro',
      `precision ${percent(averages.macro.precision)}, recall ${percent(averages.macro.recall)}, F1 ${percent(averages.macro.f1)}`,
    ],
    [
      'weighted',
      `precision ${percent(averages.weighted.precision)}, recall ${percent(averages.weighted.recall)}, F1 ${percent(averages.weighted.f1)}`,
    ],
    ['ROC-AUC', `${number(rocAuc.macro)}, the mean of one against the rest`],
    ['calibration', `expected error ${percent(calibration.ece)}, largest ${percent(calibration.mce)}`],
    ...(tta
      ? [
          [
            'with TTA',
            `${percent(tta.metrics.accuracy.value)} over ${tta.draws} draws: ${signed(tta.gain.gain)} points, 95 % interval ${signed(tta.gain.low)} to ${signed(tta.gain.high)}, p ${tta.gain.p.toPrecision(2)}`,
          ] as [string, string],
        ]
      : []),
    [
      'speed',
      `${speed.imagesPerSecond.toFixed(speed.imagesPerSecond < 10 ? 1 : 0)} images/s, ${speed.batch} at once, on ${engine.name} (${engine.device})`,
    ],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const rows = perClass.map((row, c) => [
    row.name,
    String(row.support),
    percent(row.precision),
    percent(row.recall),
    percent(row.f1),
    number(rocAuc.classes[c]!),
  ]);
  const shown =
    perClass.length <= mostClasses
      ? rows
      : perClass
          .flatMap(({ f1 }, c) => (f1 === null ? [] : [{ f1, c }]))
          .sort((a, b) => a.f1 - b.f1 || a.c - b.c)
          .slice(0, mostClasses)
          .map(({ c }) => rows[c]!);
  return [
    `${model.name} on ${dataset.length} images of ${dataset.name} (${part.name}: ${part.how})`,
    '',
    ...facts.map(([name, text]) => `${name.padEnd(width)}  ${text}`),
    '',
    ...(shown.length < rows.length ? [`The ${shown.length} of ${rows.length} classes with the smallest F1:`] : []),
    table([['class', 'images', 'precision', 'recall', 'F1', 'ROC-AUC'], ...shown]),
    ...(confusedPairs.length > 0
      ? [
          '',
          `most confused: ${confusedPairs
            .slice(0, 5)
            .map(
              ({ label, predicted, images, share }) =>
                `${label} as ${predicted} ${images} ${images === 1 ? 'time' : 'times'} (${percent(share, 1)})`,
            )
            .join(', ')}`,
        ]
      : []),
    ...(notes.length > 0 ? ['', ...notes.map((note) => `note: ${note}`)] : []),
  ].join('\n');
}
