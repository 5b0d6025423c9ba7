import { figure, percent } from '../html.js';
import { reliabilityPlot } from '../plots/reliability.js';
import type { Section } from '../section.js';

export const calibration: Section = {
  id: 'calibration',
  title: 'Whether 90 % means 90 %',
  make({ evaluation: { metrics } }) {
    const { ece, mce, bins } = metrics.calibration;
    const plot = reliabilityPlot(metrics.calibration);
    const mean = (of: 'accuracy' | 'confidence') =>
      bins.reduce((sum, bin) => sum + (bin[of] ?? 0) * bin.images, 0) / bins.reduce((sum, bin) => sum + bin.images, 0);
    const gap = mean('confidence') - mean('accuracy');
    const word =
      Math.abs(gap) < 0.005
        ? 'as sure as it is right'
        : gap > 0
          ? 'surer than it is right'
          : 'less sure than it is right';
    return {
      html: `<div class="side-by-side">${figure(plot)}<div><p>On the whole the model is <b>${word}</b>: it is right in ${percent(mean('accuracy'), 1)}, and says ${percent(mean('confidence'), 1)}.</p><p>The blue line of a bar is how often it is right among the images that it is so sure of. Orange is how far that is from what it says: above the dashed line it is right more often than it says, below less often.</p><p>The expected calibration error is ${percent(ece)} (15 bins), the largest of a bin ${percent(mce)}.</p></div></div>`,
      plots: [plot],
    };
  },
};
