import { escapeHtml, facts, table } from '../../evaluate/index.js';
import { isThere } from '../study.js';
import { type StudySection, whole } from './section.js';

const time = (seconds: number) =>
  seconds < 90
    ? `${seconds.toFixed(1)} s`
    : seconds < 5400
      ? `${(seconds / 60).toFixed(1)} min`
      : `${(seconds / 3600).toFixed(1)} h`;

/** With what all of it was made. */
export const provenance: StudySection = {
  id: 'provenance',
  title: 'How this was made',
  make({ dataset, scale, seed, backend, engine, notes, rows }) {
    const counts = ({ train, val, test }: typeof dataset.used) =>
      `${whole(train)} to train, ${whole(val)} to validate, ${whole(test)} to test`;
    const said =
      notes.length > 0 ? `<ul class="notes">${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : '';
    const lines = rows.map((row) => [
      escapeHtml(row.step.name),
      escapeHtml(isThere(row) ? 'done' : row.state),
      { html: row.seconds === undefined ? '' : time(row.seconds), sort: row.seconds ?? -1 },
      escapeHtml(row.reason && row.reason !== row.state ? row.reason : ''),
    ]);
    return `${facts([
      [
        'images',
        `${escapeHtml(dataset.name)}, ${dataset.classes.length} classes, ${dataset.shape.join('x')}; sha256 ${dataset.digest.slice(0, 12)}…`,
      ],
      ['used', counts(dataset.used)],
      ['there are', counts(dataset.available)],
      ['scale', `${scale}${scale === 1 ? ': everything' : ''}`],
      ['seed', String(seed)],
      ['trained with', escapeHtml(backend)],
      ['evaluated with', escapeHtml(engine)],
    ])}${said}<h3>Steps</h3>${table([{ title: 'step' }, { title: '' }, { title: 'took', isNumber: true }, { title: 'why it is blank' }], lines, { sortable: false })}`;
  },
};
