import { escapeHtml, facts, percent, points } from '../../evaluate/index.js';
import { tta as step } from '../steps/index.js';
import { sectionOf, whole } from './section.js';

export const tta = sectionOf(step, {
  id: 'tta',
  title: 'Test-time augmentation',
  show({ draws, seed, augmentations, plain, averaged, gain }) {
    return `<p>simplenet-augmented on the test images, once each and averaged over augmented draws.</p>${facts([
      ['once each', `${percent(plain.value)} (95 % interval ${percent(plain.low)} to ${percent(plain.high)})`],
      ['averaged', `${percent(averaged.value)} (95 % interval ${percent(averaged.low)} to ${percent(averaged.high)})`],
      [
        'gain',
        `${points(gain.gain)} points (95 % interval ${points(gain.low)} to ${points(gain.high)}; McNemar p ${gain.p.toPrecision(2)})`,
      ],
      ['images', `${whole(plain.images)}; ${whole(gain.onlySecond)} became right, ${whole(gain.onlyFirst)} wrong`],
      ['how', `the mean of ${draws} draws of ${escapeHtml(augmentations.join(', '))}; seed ${seed}`],
    ])}`;
  },
});
