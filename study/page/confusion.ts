import { confusionPlot, escapeHtml, figure, percent, table } from '../../evaluate/index.js';
import { type ConfusionResult, confusion as step } from '../steps/index.js';
import { sectionOf, whole } from './section.js';

/** The plot of a matrix takes what metrics are computed from, and reads of it the matrix and its sums. */
const plotOf = ({ classes, confusion }: ConfusionResult) => {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return confusionPlot({
    classes,
    confusion: Float64Array.from(confusion.flat()),
    support: Float64Array.from(confusion.map(sum)),
    called: Float64Array.from(classes.map((_, c) => sum(confusion.map((row) => row[c]!)))),
    ...{ labels: new Uint32Array(), predicted: new Uint32Array(), probabilities: new Float32Array() },
  });
};

export const confusion = sectionOf(step, {
  id: 'confusion',
  title: 'Confusion matrix',
  show(result) {
    const { accuracy, confusedPairs } = result;
    const columns = [
      { title: 'is' },
      { title: 'called' },
      { title: 'images', isNumber: true },
      { title: 'of the class', isNumber: true },
    ];
    const rows = confusedPairs
      .slice(0, 10)
      .map(({ label, predicted, images, share }) => [
        ...[escapeHtml(label), escapeHtml(predicted)],
        { html: whole(images), sort: images },
        { html: percent(share, 1), sort: share },
      ]);
    const pairs = rows.length > 0 ? `<div><h3>Most confused</h3>${table(columns, rows)}</div>` : '';
    return `<p>${whole(accuracy.correct)} of ${whole(accuracy.images)} test images are right with simplenet-augmented: ${percent(accuracy.value)}.</p>
<div class="side-by-side">${figure(plotOf(result), 'Rows are what images are, columns what they are called. A cell is as strong as its share of its row.')}${pairs}</div>`;
  },
  plots: (result) => [plotOf(result)],
});
