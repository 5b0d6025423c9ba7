import type { ModelFacts, SessionFacts } from '../classifier/protocol.js';
import { byId, make } from '../dom.js';
import { difference, fileSize } from '../format.js';

function fact(name: string, value: string, title = ''): HTMLElement {
  const group = make('div');
  const description = make('dd', '', value);
  if (title) description.title = title;
  group.append(make('dt', '', name), description);
  return group;
}

/** Which model this is, and whether it predicts here what it predicted where it was trained. */
export function showFacts(model: ModelFacts, session: SessionFacts | undefined): void {
  const { labels, digest, parameters, bytes, input, guesses } = model;
  byId('model-name').textContent = model.title ?? '';
  const test = session?.selfTest;
  byId('facts').replaceChildren(
    fact('Classes', String(labels.length), labels.join(', ')),
    fact('Input', `${input.width} × ${input.height} × ${input.channels}`),
    fact('Size', parameters ? `${fileSize(bytes)}, ${parameters.toLocaleString('en')} parameters` : fileSize(bytes)),
    fact('Digest', digest ? digest.slice(0, 12) : 'none', digest ?? 'The file does not carry one.'),
    fact(
      'Self-test',
      !session
        ? '…'
        : test
          ? `${test.images} samples, max |Δp| ${difference(test.maxAbsDiff)}`
          : 'the file carries no samples',
      test ? `Within ${test.tolerance} of the engine that trained it.` : '',
    ),
    ...guesses.map((guess) => fact('Guessed', guess)),
  );
}
