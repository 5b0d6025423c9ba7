import { figureRows, type Study, shortened } from '../../study/index.js';
import { table } from './table.js';

const percent = (value: number) => `${(value * 100).toFixed(2)} %`;

/** The published figures and ours, for a terminal. */
export function formatStudy(study: Study): string {
  const rows = figureRows(study).map(({ what, published, ours, reason }) => [
    ...[what, percent(published), ours ? percent(ours.value) : ''],
    ours ? `${percent(ours.low)} to ${percent(ours.high)}` : '',
    ours ? '' : (reason ?? ''),
  ]);
  const short = shortened(study);
  const { name, used } = study.dataset;
  return [
    `${name}: ${used.train} images to train, ${used.val} to validate, ${used.test} to test`,
    ...(short ? [short] : []),
    '',
    table([['accuracy of', 'published', 'here', '95 % interval', 'why it is blank'], ...rows]),
  ].join('\n');
}
