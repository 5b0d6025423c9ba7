import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { download } from '../../data/index.js';
import { readKerasWeights } from '../../export/index.js';
import { inCache } from '../../machine/index.js';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import type { PretrainedWeights, PublishedWeights } from '../../train/index.js';
import { progress } from './progress.js';

const digest = (kind: 'md5' | 'sha256', bytes: Uint8Array) => createHash(kind).update(bytes).digest('hex');

/** Where a file was published; `ONWARD_BACKBONES` names another place that has the same files. */
const addressOf = ({ address, file }: PublishedWeights) =>
  `${(process.env.ONWARD_BACKBONES || address).replace(/\/+$/, '')}/${file}`;

/** Fetches the published file into the cache, where it is not there yet. */
async function fetchPublished(published: PublishedWeights, signal: AbortSignal): Promise<string> {
  const path = inCache('backbones', published.file);
  const url = addressOf(published);
  const bar = progress('fetching weights');
  const onProgress = (done: number, total: number) => bar.update(done, total, published.file);
  try {
    await download(url, path, { md5: published.md5, tries: 2, onProgress, signal });
    return path;
  } catch (error) {
    if (!(error instanceof OnwardError) || error.kind === 'interrupted') throw error;
    throw new OnwardError(
      error.kind,
      `the published weights are not here: ${error.message}; or fetch ${url} with another machine and give it with --weights <file>; --weights none begins from scratch`,
      { cause: error },
    );
  } finally {
    bar.stop();
  }
}

/**
 * The weights that `--weights` names: the published ones, or a file's.
 * @param wanted `published`, or a path
 * @throws OnwardError kind `input`: there is no such file, it is none of weights, or it calls itself the published one and is
 *   another; `system`: it cannot be fetched
 */
export async function openWeights(
  wanted: string,
  published: PublishedWeights,
  signal: AbortSignal,
): Promise<PretrainedWeights> {
  const path = wanted === 'published' ? await fetchPublished(published, signal) : wanted;
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${messageOf(cause)})`;
    throw new OnwardError(
      'input',
      `--weights ${path}: ${why}; expected a file (${published.file}), published, or none`,
      { cause },
    );
  });
  const found = digest('md5', bytes);
  const isNamedSo = basename(path) === published.file;
  if (isNamedSo && published.md5 !== undefined && found !== published.md5) {
    throw new OnwardError(
      'input',
      `${path} is called as the published file is, and is another: expected the md5 ${published.md5}, got ${found}; it may be damaged, fetch it again; or give it another name, where it is your own`,
    );
  }
  const file = readKerasWeights(bytes, { name: path });
  return {
    name: path,
    sha256: digest('sha256', bytes),
    isPublished: published.md5 === undefined ? isNamedSo : found === published.md5,
    layers: file.layers,
    of(wanted) {
      const layers = [...file.of(wanted)];
      return new Map(
        layers.map(([name, weights]) => [name, weights.map(({ dims, values }) => ({ shape: dims, values }))]),
      );
    },
  };
}
