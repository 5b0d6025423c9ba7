import { escapeHtml, facts, shortPath } from '../html.js';
import type { Section } from '../section.js';

const value = (given: unknown): string => {
  if (Array.isArray(given)) return given.map(value).join('; ');
  if (typeof given === 'object' && given !== null) {
    return Object.entries(given)
      .map(([key, inner]) => `${key} ${value(inner)}`)
      .join(', ');
  }
  return typeof given === 'number' && !Number.isInteger(given) ? String(Number(given.toPrecision(5))) : String(given);
};

export const provenance: Section = {
  id: 'provenance',
  title: 'Where it comes from',
  make({ evaluation: { model, dataset, part } }) {
    const { input } = model;
    const unseen =
      part.unseen === null
        ? 'whether the model was trained on them is not known'
        : part.unseen
          ? 'the model was not trained on them'
          : 'the model was trained on them';
    const rows: (readonly [string, string])[] = [
      [
        'file',
        `${escapeHtml(shortPath(model.name))}, ${model.bytes.length.toLocaleString('en')} bytes, ${model.precision}`,
      ],
      [
        'sha256',
        model.digest
          ? `<code>${model.digest}</code>, intact`
          : 'none: nothing says whether the file is as it was written',
      ],
      [
        'takes',
        `${input.width} × ${input.height} pixels, ${input.channels === 1 ? 'gray' : 'RGB'}, fitted with ${input.fit}`,
      ],
      [
        'evaluated on',
        `${dataset.length.toLocaleString('en')} images of ${escapeHtml(dataset.name)}, ${part.name}: ${escapeHtml(part.how)}; ${unseen}`,
      ],
      ['their sha256', `<code>${dataset.digest}</code>`],
      ...Object.entries(model.provenance).map(([key, given]) => [`trained: ${key}`, escapeHtml(value(given))] as const),
    ];
    return { html: facts(rows) };
  },
};
