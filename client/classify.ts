import type { Answer, Chance, HeatPicture } from '../protocol/index.js';
import type { CallOptions, Connection } from './connection.js';

/** An image file: PNG, JPEG or WebP. */
export type Image = Blob | Uint8Array | ArrayBuffer;

export interface ClassifyOptions extends CallOptions {
  /** So many classes, the likeliest first, in place of all. */
  readonly top?: number | undefined;
  /** The mean over so many augmented draws, where the server was started with `--max-tta`. */
  readonly tta?: number | undefined;
  /** Of a server with several models; default: the one that it chooses. */
  readonly model?: string | undefined;
  readonly version?: string | undefined;
}

/** Every class, in the order of `labels`. */
export type FullAnswer = Omit<Required<Answer>, 'top' | 'draws' | 'heat'> & Pick<Answer, 'draws'>;

/** With what of the image counts for a class. */
export type ExplainedAnswer = FullAnswer & { readonly heat: HeatPicture };

export interface ExplainOptions extends CallOptions, Pick<ClassifyOptions, 'model' | 'version'> {
  /** By activations, or by what is hidden; default: `cam`. */
  readonly method?: 'cam' | 'occlusion' | undefined;
  /** The class, by its label; default: the likeliest. */
  readonly label?: string | undefined;
}

/** The likeliest classes. */
export interface TopAnswer extends Omit<Answer, 'probabilities' | 'labels' | 'top'> {
  readonly top: readonly Chance[];
}

/** Images and bytes of one request: below what servers take unless they were told otherwise. */
const [mostImages, mostBytes] = [32, 8 * 1024 * 1024];

const known = new Set(['image/png', 'image/jpeg', 'image/webp']);

export const classifyOne = (connection: Connection, image: Image, options: ClassifyOptions): Promise<Answer> =>
  send(connection, image, classifyPath(options), options);

const classifyPath = (options: ClassifyOptions) => pathOf(options, { top: options.top, tta: options.tta });

function send<T>(connection: Connection, image: Image, path: string, options: CallOptions): Promise<T> {
  const blob = blobOf(image);
  const type = known.has(blob.type) ? blob.type : 'application/octet-stream';
  return connection.json({ path, method: 'POST', headers: { 'Content-Type': type }, body: () => blob }, options);
}

/** Several in a request, as many as it may hold; one request after another. */
export async function classifyMany(
  connection: Connection,
  images: readonly Image[],
  options: ClassifyOptions,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const blobs of inForms(images.map(blobOf))) {
    const body = () => {
      const form = new FormData();
      for (const blob of blobs) form.append('image', blob, 'image');
      return form;
    };
    // One in a form is answered by itself.
    const answer = await connection.json<Answer | Answer[]>(
      { path: classifyPath(options), method: 'POST', body },
      options,
    );
    answers.push(...(Array.isArray(answer) ? answer : [answer]));
  }
  return answers;
}

/** A heat map, where the server was started with `--explain`. */
export const explainOne = (connection: Connection, image: Image, options: ExplainOptions): Promise<ExplainedAnswer> =>
  send(connection, image, pathOf(options, { explain: options.method ?? 'cam', class: options.label }), options);

function pathOf(
  { model, version }: Pick<ClassifyOptions, 'model' | 'version'>,
  query: { readonly [name: string]: string | number | undefined },
): string {
  const which = model === undefined ? '' : `/${encodeURIComponent(model)}`;
  const exactly = model === undefined || version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = given.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join('&');
  return `/classify${which}${exactly}${search && `?${search}`}`;
}

const blobOf = (image: Image) => (image instanceof Blob ? image : new Blob([image as Uint8Array<ArrayBuffer>]));

function inForms(blobs: readonly Blob[]): Blob[][] {
  const forms: Blob[][] = [];
  let bytes = 0;
  for (const blob of blobs) {
    const last = forms.at(-1);
    if (last && last.length < mostImages && bytes + blob.size <= mostBytes) {
      last.push(blob);
      bytes += blob.size;
    } else {
      forms.push([blob]);
      bytes = blob.size;
    }
  }
  return forms;
}
