import { curvesSvg } from '../../../plot/index.js';
import { figure } from '../html.js';
import type { Plot, Section } from '../section.js';

export const curves: Section = {
  id: 'curves',
  title: 'How it was trained',
  make({ training }) {
    if (!training || training.history.length === 0) return undefined;
    const { history, bestEpoch } = training;
    const plot: Plot = {
      name: 'curves',
      title: 'Loss and accuracy of the training, epoch by epoch',
      draw: (style) => curvesSvg(history, bestEpoch, style),
    };
    const epochs = history.length === 1 ? 'One epoch' : `${history.length} epochs`;
    return {
      html: figure(
        plot,
        `${epochs}; the weights are those of epoch ${bestEpoch}, which has the smallest loss in validation.`,
      ),
      plots: [plot],
      json: { history, bestEpoch },
    };
  },
};
