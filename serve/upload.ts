import { OnwardError } from '../runtime/common/index.js';

/** A request's body as it came, and how it says that it is encoded. */
export interface Upload {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** The form field that carries an image. */
const field = 'image';

const images = new Set(['image/png', 'image/jpeg', 'image/jpg', 'image/webp']);
/** Says nothing about the content, which is then looked at; the form type is what curl's `--data-binary` sends. */
const opaque = new Set(['', 'application/octet-stream', 'application/x-www-form-urlencoded']);

/** `image/png; q=1` -> `image/png` */
export const mediaType = (contentType: string) => contentType.split(';', 1)[0]!.trim().toLowerCase();

export const isForm = (contentType: string) => mediaType(contentType) === 'multipart/form-data';

/** Characters of RFC 2046, and at most as many. */
const boundaryPattern = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/;

/**
 * What is between the parts of a form.
 * @throws OnwardError kind `input` where that is not said, or said twice: who counts the parts and who reads them must not
 *   understand it in two ways
 */
function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;"]*))\s*(?:;|$)/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain ?? '';
  if (boundaryPattern.test(boundary) && contentType.split(/boundary\s*=/i).length === 2) return boundary;
  throw new OnwardError(
    'input',
    `expected multipart/form-data with one boundary, got ${JSON.stringify(contentType.slice(0, 80))}`,
  );
}

/**
 * The parts of a form, which are at least as many as its images, up to `most`; found by what is between them, without reading them.
 * @throws OnwardError kind `input` without a boundary
 */
export function partsOf({ bytes, contentType }: Upload, most: number): number {
  const between = `--${boundaryOf(contentType)}`;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  let at = body.indexOf(between);
  while (at >= 0 && count <= most) {
    count++;
    at = body.indexOf(between, at + between.length);
  }
  // One more is at the end.
  return Math.max(1, count - 1);
}

/** @throws OnwardError kind `type` for a content type that cannot be an image */
export function checkType(contentType: string): void {
  const type = mediaType(contentType);
  if (images.has(type) || opaque.has(type) || type === 'multipart/form-data') return;
  throw new OnwardError(
    'type',
    `expected an image as the body (image/png, image/jpeg, image/webp or application/octet-stream) or as the file "${field}" of a multipart/form-data, got ${type.slice(0, 80)}`,
  );
}

/**
 * The images in an upload: the body itself, or every file `image` of a form.
 * @throws OnwardError kind `input` for a form that cannot be read or has no such file, and for an empty image, `size` for
 *   more than `most` of them
 */
export async function imagesOf({ bytes, contentType }: Upload, most: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const found = isForm(contentType) ? await filesOf(bytes, contentType) : [bytes];
  if (found.length > most) {
    throw new OnwardError(
      'size',
      `expected at most ${most} images in one form, got ${found.length}; send fewer at once`,
    );
  }
  const empty = found.findIndex((image) => image.length === 0);
  if (empty >= 0) {
    const which = found.length > 1 ? ` as image ${empty + 1} of ${found.length}` : '';
    throw new OnwardError('input', `expected an image, got 0 bytes${which}; send the file as the body`);
  }
  return found;
}

async function filesOf(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const type = `multipart/form-data; boundary="${boundaryOf(contentType)}"`;
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  } catch (cause) {
    throw new OnwardError(
      'input',
      `expected a multipart/form-data with the file "${field}", but the body cannot be read as one; it may be truncated`,
      { cause },
    );
  }
  const values = form.getAll(field);
  const files = values.filter((value) => typeof value !== 'string');
  if (files.length > 0 && files.length === values.length) {
    return Promise.all(files.map(async (file) => new Uint8Array(await file.arrayBuffer())));
  }
  const names = [...new Set(form.keys())].slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
  const came = values.length > 0 ? 'text in it' : names.length > 0 ? `the fields ${names.join(', ')}` : 'no fields';
  throw new OnwardError('input', `expected the form field "${field}" with a file, got ${came}`);
}
