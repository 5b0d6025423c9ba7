import { escapeHtml, percent, table } from '../../evaluate/index.js';
import { neighbours as step } from '../steps/index.js';
import { sectionOf, whole } from './section.js';

export const neighbours = sectionOf(step, {
  id: 'neighbours',
  title: 'Nearest neighbours',
  show({ k, images, width, what, model, val, test }) {
    const columns = [
      { title: 'part' },
      { title: 'accuracy', isNumber: true },
      { title: '95 % interval', isNumber: true },
      { title: 'images', isNumber: true },
      { title: 'near-ties', isNumber: true },
      { title: 'vote ties', isNumber: true },
    ];
    const rows = Object.entries({ validation: val, test }).map(([name, { accuracy, nearTies, voteTies }]) => [
      ...[name, percent(accuracy.value), `${percent(accuracy.low)} to ${percent(accuracy.high)}`],
      ...[whole(accuracy.images), whole(nearTies), whole(voteTies)],
    ]);
    return `<p>The ${k} nearest of ${whole(images)} training images by Euclidean distance have a vote each; vectors of vgg16-finetune, ${width} numbers each, from ${escapeHtml(what)}. All of it is one file, <code>${escapeHtml(model)}</code>.</p>
${table(columns, rows, { sortable: false })}
<p class="soft">Near-ties: the neighbour that has the last vote and the next one are as far as float32 can tell. Vote ties: two classes have equally many votes, and the lower one won.</p>`;
  },
});
