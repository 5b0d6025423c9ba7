import { byId } from '../dom.js';
import { sentence } from '../format.js';

/** What went wrong, one sentence; undefined takes it away. */
export function showError(thrown: unknown): void {
  const text = thrown === undefined ? '' : thrown instanceof Error ? thrown.message : String(thrown);
  const element = byId('error');
  element.hidden = text === '';
  element.textContent = text && sentence(text);
}

/** Something to know, with what a person can do about it. */
export function showNotice(text: string, action?: { label: string; run: () => void }): void {
  const element = byId('notice');
  element.hidden = false;
  element.textContent = text;
  if (!action) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  button.textContent = action.label;
  button.addEventListener('click', action.run);
  element.append(' ', button);
}
