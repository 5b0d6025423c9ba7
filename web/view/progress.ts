import type { Progress } from '../classifier/protocol.js';
import { byId } from '../dom.js';
import { fileSize } from '../format.js';

/** How much of the model is here; undefined hides it. */
export function showProgress(progress: Progress | undefined): void {
  byId('progress').hidden = !progress;
  if (!progress) return;
  const { received, total } = progress;
  const bar = byId<HTMLProgressElement>('progress-bar');
  if (total === undefined) bar.removeAttribute('value');
  else bar.value = received / total;
  byId('progress-text').textContent =
    `Model: ${fileSize(received)}${total === undefined ? '' : ` of ${fileSize(total)}`}`;
}
