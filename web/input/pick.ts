import { byId } from '../dom.js';

/** An image by the file dialogue, by drop anywhere on the page, or by paste. */
export function startPicking(onFile: (file: File) => void, onNothing: (why: string) => void): void {
  const input = byId<HTMLInputElement>('file');
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) onFile(file);
    // The same file may be chosen again after it was edited.
    input.value = '';
  });

  const drop = byId('drop');
  // A drop beside the field would otherwise leave the page for the file.
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.dataset.over = '';
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) delete drop.dataset.over;
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    delete drop.dataset.over;
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
    else onNothing('Expected an image file, but what was dropped is none; save the image first and drop the file.');
  });
  document.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (file) onFile(file);
    else onNothing('Expected an image in the clipboard, but there is none; copy the image itself.');
  });
}
