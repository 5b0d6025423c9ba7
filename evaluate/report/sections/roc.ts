import { decimals, figure } from '../html.js';
import { isInCorner, rocPlot } from '../plots/roc.js';
import type { Section } from '../section.js';

export const roc: Section = {
  id: 'roc',
  title: 'One class against the rest',
  make({ evaluation: { scored, metrics } }) {
    const { macro, classes } = metrics.rocAuc;
    if (macro === null) return undefined;
    const plot = rocPlot(scored, metrics.rocAuc);
    const known = classes.filter((area) => area !== null).length;
    const which = known > 10 ? ` Drawn are the 10 of ${known} classes with the smallest areas.` : '';
    const where = isInCorner(classes)
      ? ' All curves lie in the corner at the top left, so it alone is drawn: a fifth of either axis.'
      : '';
    return {
      html: `<div class="side-by-side">${figure(plot)}<p>The area under a curve is how often an image of the class gets a higher probability for it than one of another class: in the mean ${decimals(macro)}.${which}${where}</p></div>`,
      plots: [plot],
    };
  },
};
