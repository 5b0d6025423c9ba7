import { byId, make } from '../dom.js';
import { percent } from '../format.js';

/** With more classes than this, the likeliest of them. */
const most = 10;
/** Half a percent: less than a pixel of most bars. */
const least = 0.005;

export interface Bars {
  /** Nothing classified yet: every class, no bar. */
  clear(): void;
  show(here: ArrayLike<number>): void;
  /** A mark on every bar where the server's answer lies. */
  mark(here: ArrayLike<number>, there: ArrayLike<number>): void;
}

/** A bar a class, in class order, or the ten likeliest first where there are more. */
export function createBars(labels: readonly string[]): Bars {
  const rows = Array.from({ length: Math.min(labels.length, most) }, () => {
    const row = make('li', 'bar');
    const name = make('span', 'bar-name');
    const track = make('span', 'bar-track');
    const fill = make('span', 'bar-fill');
    const tick = make('span', 'bar-mark');
    const value = make('span', 'bar-value');
    tick.hidden = true;
    track.append(fill, tick);
    row.append(name, track, value);
    return { row, name, fill, tick, value, index: 0 };
  });
  byId('bars').replaceChildren(...rows.map(({ row }) => row));

  const place = (order: readonly number[]) => {
    for (const [i, row] of rows.entries()) {
      row.index = order[i]!;
      row.name.textContent = labels[row.index]!;
      row.name.title = labels[row.index]!;
    }
  };
  const inOrder = rows.map((_, i) => i);

  return {
    clear() {
      place(inOrder);
      for (const { row, fill, tick, value } of rows) {
        row.classList.remove('top');
        fill.style.width = '0';
        tick.hidden = true;
        value.textContent = '';
      }
    },
    show(here) {
      const ranked = Array.from(here, (_, i) => i).sort((a, b) => here[b]! - here[a]! || a - b);
      place(labels.length > most ? ranked : inOrder);
      for (const { row, fill, tick, value, index } of rows) {
        row.classList.toggle('top', index === ranked[0]);
        fill.style.width = `${here[index]! * 100}%`;
        tick.hidden = true;
        value.textContent = percent(here[index]!);
      }
    },
    mark(here, there) {
      for (const { tick, index } of rows) {
        // Where neither sees anything, marks would only be noise.
        tick.hidden = Math.max(here[index]!, there[index]!) < least;
        tick.style.left = `${there[index]! * 100}%`;
      }
    },
  };
}
