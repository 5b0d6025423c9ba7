import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodePng } from 'onward/image';
import type { LoadedModel } from 'onward/model';
import { type ServeOptions, serve } from 'onward/serve';
import { onTestFinished } from 'vitest';
import { channels, modelOf, side, size } from '../runtime/engines/models.js';

const made = new Map<number, LoadedModel>();

/** The test model with other weights, made once. */
export function model(seed: number): LoadedModel {
  const one = made.get(seed) ?? modelOf(seed);
  made.set(seed, one);
  return one;
}

/** Images of one colour each, in which the test models see different classes. */
export const coloured = (from: number, count: number) =>
  Uint8Array.from({ length: count * size }, (_, i) => {
    const image = from + Math.floor(i / size);
    return (image * [37, 91, 151][i % channels]!) % 256;
  });

export const colouredPng = (seed: number) =>
  encodePng({ width: side, height: side, data: coloured(seed, 1) }) as Uint8Array<ArrayBuffer>;

export interface Line {
  readonly level: string;
  readonly message: string;
}

/** A folder with models, by their paths in it: a seed, or what else is in the file. */
export async function folderOf(files: { readonly [path: string]: number | string | Uint8Array }) {
  const root = await mkdtemp(join(tmpdir(), 'onward-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const path = (name: string) => join(root, name);
  const contentOf = (content: number | string | Uint8Array) =>
    typeof content === 'number' ? model(content).bytes : content;
  /** As people copy: the name is there at once, the content comes. */
  async function write(name: string, content: number | string | Uint8Array): Promise<void> {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), contentOf(content));
  }
  /** As careful people do: beside its place, then renamed. */
  async function put(name: string, content: number | string | Uint8Array): Promise<void> {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(`${path(name)}.partial`, contentOf(content));
    await rename(`${path(name)}.partial`, path(name));
  }
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return { root, path, write, put, remove: (name: string) => rm(path(name), { recursive: true }) };
}

/** A server of a folder (or of anything else) on a port, one worker a model. */
export async function serverOf(given: string, options: Partial<ServeOptions> = {}) {
  const log: Line[] = [];
  const server = await serve({
    model: given,
    ...{ port: 0, workers: 1, reload: 'auto', reloadInterval: 200 },
    log: (line) => void log.push(JSON.parse(line)),
    ...options,
  });
  onTestFinished(() => server.close());
  const { url } = server;
  const post = (address: string, body: BodyInit = '', headers: Record<string, string> = {}) =>
    fetch(url + address, { method: 'POST', body, headers });
  return {
    ...{ server, url, log, post },
    get: (address: string) => fetch(url + address),
    /** Which version answered, or the status. */
    async who(address = 'classify', headers: Record<string, string> = {}, image = 1): Promise<string | number> {
      const response = await post(address, colouredPng(image), headers);
      await response.arrayBuffer();
      return response.headers.get('x-onward-model') ?? response.status;
    },
    async index(): Promise<{ name: string; version: string; state: string; reason: string }[]> {
      return (await post('v2/repository/index')).json();
    },
    /** A number of /metrics; 0 where it is not there. */
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${url}metrics`)).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length) ?? 0,
      );
    },
  };
}
