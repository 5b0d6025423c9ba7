import { OnwardError } from '../runtime/common/index.js';
import type { Upload } from './task.js';

/** The form field that carries the image. */
const field = 'image';

const images = new Set(['image/png', 'image/jpeg', 'image/jpg', 'image/webp']);
/** Says nothing about the content, which is then looked at; the form type is what curl's `--data-binary` sends. */
const opaque = new Set(['', 'application/octet-stream', 'application/x-www-form-urlencoded']);

/** `image/png; q=1` -> `image/png` */
export const mediaType = (contentType: string) => contentType.split(';', 1)[0]!.trim().toLowerCase();

/** @throws OnwardError kind `type` for a content type that cannot be an image */
export function checkType(contentType: string): void {
  const type = mediaType(contentType);
  if (images.has(type) || opaque.has(type) || type === 'multipart/form-data') return;
  throw new OnwardError(
    'type',
    `expected an image as the body (image/png, image/jpeg, image/webp or application/octet-stream) or as the file "${field}" of a multipart/form-data, got ${type}`,
  );
}

/**
 * The image in an upload: the body itself, or the file `image` of a form.
 * @throws OnwardError kind `input` for a form that cannot be read or has no such file, and for an empty image
 */
export async function imageOf({ bytes, contentType }: Upload): Promise<Uint8Array<ArrayBuffer>> {
  const image = mediaType(contentType) === 'multipart/form-data' ? await fileOf(bytes, contentType) : bytes;
  if (image.length === 0) throw new OnwardError('input', 'expected an image, got 0 bytes; send the file as the body');
  return image;
}

async function fileOf(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<Uint8Array<ArrayBuffer>> {
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new OnwardError(
      'input',
      `expected a multipart/form-data with the file "${field}", but the body cannot be read as one; it may be truncated`,
      { cause },
    );
  }
  const value = form.get(field);
  if (value !== null && typeof value !== 'string') return new Uint8Array(await value.arrayBuffer());
  const names = [...new Set(form.keys())].slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
  const came = value !== null ? 'text in it' : names.length > 0 ? `the fields ${names.join(', ')}` : 'no fields';
  throw new OnwardError('input', `expected the form field "${field}" with a file, got ${came}`);
}
