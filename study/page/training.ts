import { curvesFigure, decimals, escapeHtml, type Plot, percent, table } from '../../evaluate/index.js';
import { curvesSvg } from '../../plot/index.js';
import { publishedParameters } from '../published-figures.js';
import { type TrainingResult, trainings } from '../steps/index.js';
import { reasonIn, resultIn } from '../study.js';
import { nothing, type StudySection, whole } from './section.js';

const names = ['loss', 'val_loss', 'accuracy', 'val_accuracy'] as const;

const shown = (name: (typeof names)[number], value: number) =>
  name.endsWith('accuracy') ? percent(value) : decimals(value);

function extremesTable(found: readonly TrainingResult[]): string {
  const columns = [
    { title: 'recipe' },
    { title: 'best epoch', isNumber: true },
    ...names.map((name) => ({ title: `${name}, min and max`, isNumber: true })),
    { title: 'test accuracy', isNumber: true },
  ];
  const rows = found.map(({ recipe, bestEpoch, epochs, extremes: { curves }, metrics }) => [
    escapeHtml(recipe),
    { html: `${bestEpoch} of ${epochs}`, sort: bestEpoch },
    ...names.map((name) => {
      const { min, max } = curves[name];
      const lines = [min, max].map(({ value, epoch }) => `${shown(name, value)} <span class="epoch">(${epoch})</span>`);
      return { html: lines.join('<br>'), sort: name.endsWith('accuracy') ? max.value : min.value };
    }),
    { html: percent(metrics.test_accuracy), sort: metrics.test_accuracy ?? -1 },
  ]);
  return table(columns, rows);
}

function parametersTable(found: readonly TrainingResult[]): string {
  const columns = [
    { title: 'recipe' },
    { title: 'images' },
    { title: 'parameters', isNumber: true },
    { title: 'not trained', isNumber: true },
    { title: 'published', isNumber: true },
    { title: 'not trained', isNumber: true },
  ];
  const rows = found.map(({ recipe, shape, parameters: { total, trainable } }) => {
    const published = publishedParameters[recipe];
    return [
      ...[escapeHtml(recipe), shape.join('x'), whole(total), whole(total - trainable)],
      ...[published ? whole(published.total) : '', published ? whole(published.fixed) : ''],
    ];
  });
  return table(columns, rows, { sortable: false });
}

const plotOf = ({ recipe, history, bestEpoch }: TrainingResult): Plot => ({
  name: `curves-${recipe}`,
  title: `Loss and accuracy of ${recipe}, epoch by epoch`,
  draw: (style) => curvesSvg(history, bestEpoch, style),
});

function curvesOf(result: TrainingResult): string {
  const { recipe, history, bestEpoch, notes, weights } = result;
  const epochs = history.length === 1 ? 'One epoch' : `${history.length} epochs`;
  const begun =
    weights === undefined
      ? ''
      : weights === null
        ? ' It began from scratch, where the published one began with weights trained on ImageNet.'
        : ` It began with the weights of ${weights.file}${weights.published ? ', as published' : ''}.`;
  const said = notes.map((note) => ` ${note[0]!.toUpperCase()}${note.slice(1)}.`).join('');
  return `<div><h3>${escapeHtml(recipe)}</h3>${curvesFigure({ history, bestEpoch }, escapeHtml(`${epochs}; the weights of epoch ${bestEpoch} are kept.${begun}${said}`))}</div>`;
}

/** The six trainings: what their curves come to, and the curves. */
export const training: StudySection = {
  id: 'training',
  title: 'Trainings',
  make(study) {
    const all = Object.values(trainings);
    const found = all.flatMap((step) => resultIn(study, step) ?? []);
    const missing = all.flatMap((step) => {
      const reason = reasonIn(study, step);
      return reason === undefined ? [] : [`${step.name} (${reason})`];
    });
    if (found.length === 0) return nothing(missing.join('; '));
    return `${extremesTable(found)}
<p class="soft">The smallest and the largest value of each curve, each with its epoch; test accuracy is that of the weights that were kept.</p>
${missing.length > 0 ? nothing(missing.join('; ')) : ''}
<h3>Parameters</h3>${parametersTable(found)}
<div class="pair">${found.map(curvesOf).join('\n')}</div>`;
  },
  plots: (study) =>
    Object.values(trainings)
      .flatMap((step) => resultIn(study, step) ?? [])
      .map(plotOf),
};
