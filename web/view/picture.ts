import { byId } from '../dom.js';

let url: string | undefined;

/** The image that was given, as it is; undefined shows the invitation again. */
export function showPicture(bytes: Uint8Array<ArrayBuffer> | undefined): void {
  if (url) URL.revokeObjectURL(url);
  url = bytes && URL.createObjectURL(new Blob([bytes]));
  const image = byId<HTMLImageElement>('picture');
  image.hidden = !url;
  if (url) image.src = url;
  else image.removeAttribute('src');
  image.onload = () => {
    // Enlarged much, the pixels themselves say more than what smoothing makes of them.
    image.classList.toggle('small', image.naturalWidth < 96 && image.naturalHeight < 96);
  };
  image.alt = url ? 'The image that you chose' : '';
  byId('drop').classList.toggle('filled', url !== undefined);
}
