import { byId, make } from '../dom.js';

/** Images that the model carries, to try it without having one. */
export function showExamples(
  images: readonly Uint8Array<ArrayBuffer>[],
  onChoose: (bytes: Uint8Array<ArrayBuffer>) => void,
): void {
  byId('examples').hidden = images.length === 0;
  byId('examples-list').replaceChildren(
    ...images.map((bytes, i) => {
      const button = make('button', 'example');
      button.type = 'button';
      const image = make('img');
      image.src = URL.createObjectURL(new Blob([bytes], { type: 'image/png' }));
      image.alt = `Example ${i + 1}`;
      button.append(image);
      button.addEventListener('click', () => onChoose(bytes));
      return button;
    }),
  );
}
