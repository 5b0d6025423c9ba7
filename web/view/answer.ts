import { agreementOf, largest } from '../agreement.js';
import type { Classified } from '../classifier/protocol.js';
import { byId } from '../dom.js';
import { difference, duration, percent } from '../format.js';
import type { ServerAnswer } from '../server.js';
import { engineTitle } from './engines.js';

/** The likeliest class in large letters. */
export function showAnswer(labels: readonly string[], result: Classified | undefined, idle = ''): void {
  const top = result && largest(result.probabilities);
  byId('label').textContent = top === undefined ? idle : labels[top]!;
  byId('label').classList.toggle('idle', top === undefined);
  byId('probability').textContent = top === undefined ? '' : percent(result!.probabilities[top]!);
  byId('here-engine').textContent = result ? engineTitle(result.engine) : '';
  byId('here-time').textContent = result ? duration(result.milliseconds) : '';
}

/** The server's answer and whether it is the same; a text is the reason why there is none. */
export function showServer(
  labels: readonly string[],
  result: Classified | undefined,
  answer: ServerAnswer | string | undefined,
): void {
  byId('server').hidden = false;
  const agreement = byId('agreement');
  const isAnswer = typeof answer === 'object';
  byId('server-engine').textContent = isAnswer ? engineTitle(answer.engine) : (answer ?? '');
  byId('server-time').textContent = isAnswer ? duration(answer.milliseconds) : '';
  agreement.hidden = !isAnswer || !result;
  if (!isAnswer || !result) return;
  if (answer.labels.join('\n') !== labels.join('\n')) {
    agreement.dataset.agrees = 'no';
    agreement.textContent = 'The server has a model with other classes: reload the page to get it.';
    return;
  }
  const { sameLabel, maxAbsDiff } = agreementOf(result.probabilities, answer.probabilities);
  agreement.dataset.agrees = sameLabel ? 'yes' : 'no';
  agreement.textContent = sameLabel
    ? `They agree, max |Δp| ${difference(maxAbsDiff)}`
    : `They differ: the server says “${labels[largest(answer.probabilities)]}”, max |Δp| ${difference(maxAbsDiff)}`;
}
