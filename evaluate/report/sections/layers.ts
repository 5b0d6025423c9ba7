import { escapeHtml, table } from '../html.js';
import type { Section } from '../section.js';

/** What `onward inspect --layers` prints. */
export const layers: Section = {
  id: 'layers',
  title: 'What it is made of',
  make({ inspected }) {
    const { nodes, parameters, multiplyAdds, unknownNodes } = inspected;
    const rows = nodes.map(({ name, op, output, parameters: own, multiplyAdds: work }, i) => [
      { html: escapeHtml(name), sort: i },
      escapeHtml(op),
      output ? output.join(' × ') : '?',
      { html: own.toLocaleString('en'), sort: own },
      { html: work === null ? '–' : work.toLocaleString('en'), sort: work ?? -1 },
    ]);
    const columns = [
      ...['node', 'operator', 'output'].map((title) => ({ title })),
      ...['parameters', 'multiply-adds'].map((title) => ({ title, isNumber: true })),
    ];
    const unknown =
      unknownNodes > 0 ? `, besides ${unknownNodes} nodes whose work is not known without running them` : '';
    return {
      html: `<p>${parameters.toLocaleString('en')} parameters, ${multiplyAdds.toLocaleString('en')} multiply-adds an image${unknown}.</p><details${nodes.length <= 40 ? ' open' : ''}><summary>${nodes.length} nodes of the graph</summary>${table(columns, rows)}</details>`,
      json: { parameters, multiplyAdds, nodes },
    };
  },
};
