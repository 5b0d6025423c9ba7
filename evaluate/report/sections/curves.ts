import { type CurvesRow, curvesSvg, pageStyle } from '../../../plot/index.js';
import type { Plot, Section } from '../section.js';

/** Loss and accuracy beside each other, below each other on a phone. @param caption HTML */
export function curvesFigure(
  { history, bestEpoch }: { readonly history: readonly CurvesRow[]; readonly bestEpoch: number },
  caption: string,
): string {
  const panels = (['loss', 'accuracy'] as const).map((name) => curvesSvg(history, bestEpoch, pageStyle, [name]));
  return `<figure class="plot"><div class="panels">${panels.join('')}</div><figcaption>${caption}</figcaption></figure>`;
}

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
      html: curvesFigure(
        training,
        `${epochs}; the weights are those of epoch ${bestEpoch}, which has the smallest loss in validation.`,
      ),
      plots: [plot],
      json: { history, bestEpoch },
    };
  },
};
