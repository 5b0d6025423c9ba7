import { byId } from '../dom.js';

export type Tab = 'picture' | 'draw';

const names: readonly Tab[] = ['picture', 'draw'];

/** Two tabs as the ARIA practices describe them: arrows move, Tab leaves. */
export function startTabs(onChange: (tab: Tab) => void): (tab: Tab) => void {
  const select = (tab: Tab, focus = false) => {
    for (const name of names) {
      const button = byId(`tab-${name}`);
      const selected = name === tab;
      button.ariaSelected = String(selected);
      button.tabIndex = selected ? 0 : -1;
      byId(`panel-${name}`).hidden = !selected;
      if (selected && focus) button.focus();
    }
    onChange(tab);
  };
  for (const name of names) {
    const button = byId(`tab-${name}`);
    button.addEventListener('click', () => select(name));
    button.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      event.preventDefault();
      select(name === 'picture' ? 'draw' : 'picture', true);
    });
  }
  return select;
}
