import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { inCache } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { collect } from '../collect.js';
import { concat } from '../concat.js';
import type { Dataset } from '../dataset.js';
import { download } from '../fetch/download.js';
import { fixedSpec, toChannels } from '../fixed-spec.js';
import { type MatFile, type MatVariable, openMat } from '../mat/mat.js';
import type { OpenedSource, Source, SourceOptions } from '../source.js';

/** Where its authors keep it; `ONWARD_SVHN` names another place that has the same files. */
const address = () => (process.env.ONWARD_SVHN || 'http://ufldl.stanford.edu/housenumbers').replace(/\/+$/, '');
const files = {
  'train_32x32.mat': { md5: 'e26dedcc434d2e4c54c9b2d4a06d8373' },
  'test_32x32.mat': { md5: 'eb5a983be6a315427106f1b164d9cef3' },
  'extra_32x32.mat': { md5: 'a93ce644f1a588dc4d68dda5feec44a7' },
} as const;
const side = 32;
const imageBytes = side * side * 3;
const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
const matFile = /\.mat$/i;

/**
 * The Street View House Numbers, cropped digits of 32x32 in colour (Netzer et al., 2011; for non-commercial use only): `svhn`
 * fetches train and test into the cache, `svhn:extra` adds the extra images to train; or a folder with these files, or one
 * of them.
 */
export const svhn: Source = {
  name: 'svhn',
  async matches(spec) {
    if (/^svhn(:|$)/.test(spec)) return true;
    if (matFile.test(spec)) return isFile(spec);
    return isFile(join(spec, 'train_32x32.mat'));
  },
  async open(spec, options) {
    if (/^svhn(:|$)/.test(spec)) return openFetched(spec, options);
    if (matFile.test(spec)) {
      return { name: spec, train: await readDigits(spec, spec, options), skipped: [], notes: [] };
    }
    const found = await Promise.all(Object.keys(files).map((name) => isFile(join(spec, name))));
    const paths = Object.keys(files).filter((_, i) => found[i]);
    return openFiles(spec, Object.fromEntries(paths.map((name) => [name, join(spec, name)])), options);
  },
};

async function openFetched(spec: string, options: SourceOptions): Promise<OpenedSource> {
  const part = spec.slice('svhn'.length);
  if (part !== '' && part !== ':extra') {
    throw new OnwardError('usage', `expected svhn or svhn:extra, got "${spec}"`);
  }
  const names = ['train_32x32.mat', 'test_32x32.mat', ...(part ? ['extra_32x32.mat'] : [])] as (keyof typeof files)[];
  const paths: { [name: string]: string } = {};
  for (const name of names) {
    paths[name] = inCache('svhn', name);
    const { onProgress, signal } = options;
    await download(`${address()}/${name}`, paths[name], { md5: files[name].md5, onProgress, signal });
  }
  return openFiles(spec, paths, options);
}

async function openFiles(
  name: string,
  paths: { readonly [name: string]: string },
  options: SourceOptions,
): Promise<OpenedSource> {
  const read = (file: string) => readDigits(`${name} ${basename(file, '_32x32.mat')}`, paths[file]!, options);
  const parts: Dataset[] = [await read('train_32x32.mat')];
  if (paths['extra_32x32.mat']) parts.push(await read('extra_32x32.mat'));
  return {
    name,
    train: parts.length === 1 ? parts[0]! : concat(parts, name),
    ...(paths['test_32x32.mat'] && { test: await read('test_32x32.mat') }),
    skipped: [],
    notes: [],
  };
}

async function readDigits(name: string, path: string, options: SourceOptions): Promise<Dataset> {
  const spec = fixedSpec(name, { width: side, height: side, channels: 3 }, options);
  const mat = await openMat(path);
  const { images, count, labels } = await findParts(path, mat);
  const { size, mtimeMs } = await stat(path);
  return collect(
    {
      name,
      spec,
      classes,
      length: count,
      identity: ['svhn', resolve(path), size, mtimeMs],
      memory: options.memory,
      origin: (i) => `${path} #${i}`,
    },
    (put) =>
      mat.bytes(images, async (reader) => {
        for (let done = 0; done < count; ) {
          if (options.signal?.aborted) throw new OnwardError('interrupted', `stopped after ${done} of ${count} images`);
          const some = Math.min(512, count - done);
          const stored = await reader.read(some * imageBytes);
          await put(toChannels(upright(stored, some), spec.channels), labels.subarray(done, done + some));
          done += some;
          options.onProgress?.(done, count);
        }
      }),
  );
}

/** X and y, and that they are what this data set has. */
async function findParts(
  path: string,
  mat: MatFile,
): Promise<{ images: MatVariable; count: number; labels: Uint8Array }> {
  const images = mat.variables.find(({ name }) => name === 'X');
  const y = mat.variables.find(({ name }) => name === 'y');
  const [rows, columns, channels, count = 1] = images?.dims ?? [];
  const isImages = images?.kind === 'uint8' && rows === side && columns === side && channels === 3;
  const isLabels = y?.kind !== 'other' && y?.dims.reduce((a, b) => a * b, 1) === count;
  if (!images || !y || !isImages || !isLabels || (images.dims.length ?? 0) > 4 || count === 0) {
    const have = mat.variables.map(({ name, kind, dims }) => `${name} (${kind} ${dims.join('x')})`).join(', ');
    throw new OnwardError(
      'input',
      `${path} is not of the cropped digits of SVHN: expected X (uint8 32x32x3xN) and y (N labels), got ${have || 'no variables'}; give train_32x32.mat, test_32x32.mat or extra_32x32.mat`,
    );
  }
  const numbers = await mat.numbers(y);
  const stray = numbers.findIndex((label) => !(Number.isInteger(label) && label >= 1 && label <= 10));
  if (stray >= 0) {
    throw new OnwardError(
      'input',
      `${path} has the label ${numbers[stray]} at image ${stray}: expected 1 to 10 (10 means 0); it is not of the cropped digits of SVHN`,
    );
  }
  return { images, count, labels: Uint8Array.from(numbers, (label) => label % 10) };
}

/** MATLAB's order (row fastest, then column, channel) to rows of pixels. */
function upright(stored: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count * imageBytes);
  for (let image = 0, from = 0; image < count; image++) {
    const base = image * imageBytes;
    for (let channel = 0; channel < 3; channel++) {
      for (let column = 0; column < side; column++) {
        for (let row = 0; row < side; row++) out[base + (row * side + column) * 3 + channel] = stored[from++]!;
      }
    }
  }
  return out;
}

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
