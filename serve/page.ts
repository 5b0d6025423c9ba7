import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadedModel } from '../runtime/model/index.js';

/** Where the built page lies: `dist/page`, beside `dist/serve`. */
export const builtPage = fileURLToPath(new URL('../page/', import.meta.url));

export interface PageFile {
  readonly type: string;
  /** For what keeps its name when it changes; undefined for a name that has the content's hash in it. */
  readonly etag: string | undefined;
  readonly compresses: boolean;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Every file of the page by its address relative to the page: `index.html`, `sw.js`, `model.onnx`, `assets/...`. */
export type Page = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.onnx': 'application/octet-stream',
};

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** What the build puts where the model's digest belongs in sw.js: with another digest the service worker is another one, and updates. */
const digestPlace = '__MODEL_DIGEST__';
/** In index.html, whether something answers at ./classify: the page must not ask to find out, a 404 would be in the console. */
const serverPlace = '<meta name="onward-server" content="no"';

export interface PageOptions {
  /** Whether the page is to ask `./classify` for a second answer. */
  readonly server: boolean;
  readonly folder?: string;
}

/** The built page, into which a model is put. */
export type PageOf = (model: LoadedModel) => Page;

/**
 * Reads the built page.
 * @returns undefined where the page was not built
 */
export async function readPageOf({ server, folder = builtPage }: PageOptions): Promise<PageOf | undefined> {
  const read = async (name: string) => new Uint8Array(await readFile(`${folder}/${name}`));
  let listed: string[];
  try {
    listed = JSON.parse(await readFile(`${folder}/files.json`, 'utf8'));
  } catch {
    return undefined;
  }
  const fixed = new Map<string, PageFile>();
  for (const name of listed) {
    if (name.startsWith('assets/'))
      fixed.set(
        name,
        fileOf(name, () => read(name)),
      );
    else if (name !== 'index.html')
      fixed.set(
        name,
        fileOf(name, () => read(name), sha256(await read(name)).slice(0, 32)),
      );
  }
  const html = await readFile(`${folder}/index.html`, 'utf8');
  fixed.set(
    'index.html',
    textFile('index.html', server ? html.replace(serverPlace, serverPlace.replace('"no"', '"yes"')) : html),
  );
  const script = await readFile(`${folder}/sw.js`, 'utf8');
  return (model) => {
    const digest = model.digest ?? sha256(model.bytes);
    return new Map(fixed).set('sw.js', textFile('sw.js', script.replaceAll(digestPlace, digest))).set(
      'model.onnx',
      fileOf('model.onnx', async () => model.bytes, digest),
    );
  };
}

function fileOf(name: string, bytes: PageFile['bytes'], etag?: string): PageFile {
  const type = types[extname(name)] ?? 'application/octet-stream';
  // Weights do not compress worth the time.
  const compresses = extname(name) !== '.onnx' && extname(name) !== '.png';
  return { type, etag: etag && `"${etag}"`, compresses, bytes };
}

function textFile(name: string, text: string): PageFile {
  const bytes = new TextEncoder().encode(text);
  return fileOf(name, async () => bytes, sha256(bytes).slice(0, 32));
}

/**
 * The page of the model that is shown now: made when it is asked for the first time, and another one for another model.
 * @returns undefined where the page was not built
 */
export async function shownPage(shown: () => LoadedModel | undefined): Promise<(() => Page | undefined) | undefined> {
  const pageOf = await readPageOf({ server: true });
  if (!pageOf) return undefined;
  const pages = new WeakMap<LoadedModel, Page>();
  return () => {
    const model = shown();
    // The page has the file alone, and would guess what was said of it.
    if (!model || model.described) return undefined;
    const page = pages.get(model) ?? pageOf(model);
    pages.set(model, page);
    return page;
  };
}

/**
 * The built page with this model in it.
 * @returns undefined where the page was not built
 */
export async function readPage(model: LoadedModel, options: PageOptions): Promise<Page | undefined> {
  return (await readPageOf(options))?.(model);
}
