// In the report: the point that is nearest to the pointer shows its image.
import type { SheetLayout } from './thumbs.browser.js';

interface Data {
  readonly classes: readonly string[];
  readonly layout: SheetLayout;
  readonly frame: { readonly width: number; readonly height: number };
  /** x, y, class, what the model says, file. */
  readonly points: readonly (readonly [number, number, number, number, string])[];
}

const section = document.getElementById('map');
const source = document.getElementById('map-data');
const drawn = section?.querySelector('svg');
const over = section?.querySelector<HTMLElement>('.over');
if (section && source && drawn && over) {
  const { classes, layout, frame, points } = JSON.parse(source.textContent ?? '') as Data;
  /** Further from a point than this, in the picture's pixels, nothing is shown. */
  const reach = 24;

  const text = (tag: string, content: string) => {
    const element = document.createElement(tag);
    element.textContent = content;
    return element;
  };

  const show = (event: PointerEvent): void => {
    const box = drawn.getBoundingClientRect();
    const scale = frame.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let [best, least] = [-1, reach * reach];
    for (const [i, [px, py]] of points.entries()) {
      const far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    over.hidden = best < 0;
    const point = points[best];
    if (!point) return;
    const [px, py, label, said, file] = point;
    const name = text('span', classes[label]!);
    const wrong = label === said ? [] : [text('b', `called ${classes[said]}`)];
    over.replaceChildren(
      window.thumbOf(layout, best, 72),
      name,
      ...wrong,
      text('small', file.split(/[\\/]/).at(-1) ?? file),
    );
    // Beside the point, on the side where there is room.
    const [left, top] = [px / scale, py / scale];
    over.style.left = left > box.width / 2 ? '' : `${left + 14}px`;
    over.style.right = left > box.width / 2 ? `${box.width - left + 14}px` : '';
    over.style.top = top > box.height / 2 ? '' : `${top + 8}px`;
    over.style.bottom = top > box.height / 2 ? `${box.height - top + 8}px` : '';
  };

  drawn.addEventListener('pointermove', show);
  drawn.addEventListener('pointerdown', show);
  drawn.addEventListener('pointerleave', () => {
    over.hidden = true;
  });
}
