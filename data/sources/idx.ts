import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { messageOf, OnwardError } from '../../runtime/common/index.js';
import { collect } from '../collect.js';
import type { Dataset } from '../dataset.js';
import { digestOf } from '../digest.js';
import { fixedSpec, toChannels } from '../fixed-spec.js';
import type { Source, SourceOptions } from '../source.js';

/** `train-images-idx3-ubyte.gz`, `images.idx3-ubyte`, `emnist-digits-test-images-idx3-ubyte`. */
const imagesFile = /^(.*?)images?[-.]idx([34])-ubyte(\.gz)?$/i;
const inflate = promisify(gunzip);

/**
 * MNIST's format (LeCun): a folder with pairs of `images-idx3-ubyte` and `labels-idx1-ubyte`, gzipped or not, named after
 * their parts (`train-`, `t10k-` or `test-`, `val-`) or after none; or one file of images. With idx4, colours stand last.
 */
export const idx: Source = {
  name: 'idx',
  async matches(spec) {
    const found = await stat(spec).catch(() => undefined);
    if (found?.isFile()) return imagesFile.test(basename(spec));
    return found?.isDirectory() === true && (await readdir(spec)).some((name) => imagesFile.test(name));
  },
  async open(spec, options) {
    if ((await stat(spec)).isFile()) {
      return { name: spec, train: await readPair(spec, spec, options), skipped: [], notes: [] };
    }
    const names = (await readdir(spec)).filter((name) => imagesFile.test(name)).sort();
    const parts: { train?: Dataset; val?: Dataset; test?: Dataset } = {};
    for (const name of names) {
      const part = partOf(name);
      if (parts[part]) {
        throw new OnwardError(
          'input',
          `${spec} has more than one file of images for ${part} (${names.join(', ')}): give the one that is meant`,
        );
      }
      parts[part] = await readPair(spec, join(spec, name), options);
    }
    const { train, ...others } = parts;
    if (!train) {
      throw new OnwardError(
        'input',
        `${spec} has ${names.join(' and ')} but no images to train on: give that file itself`,
      );
    }
    for (const [part, { shape }] of Object.entries(others)) {
      if (shape.join() === train.shape.join()) continue;
      throw new OnwardError(
        'input',
        `${spec} has images of ${train.shape.join('x')} to train on and of ${shape.join('x')} for ${part}: expected one size; give the file that is meant`,
      );
    }
    // A part need not have every class: all share the longest list.
    const all = [train, ...Object.values(others)];
    const classes = all.map((part) => part.classes).reduce((a, b) => (b.length > a.length ? b : a));
    const withAll = (part: Dataset): Dataset => (part.classes.length === classes.length ? part : widen(part, classes));
    return {
      name: spec,
      train: withAll(train),
      ...(others.val && { val: withAll(others.val) }),
      ...(others.test && { test: withAll(others.test) }),
      skipped: [],
      notes: [],
    };
  },
};

function partOf(name: string): 'train' | 'val' | 'test' {
  const prefix = imagesFile.exec(name)?.[1]?.toLowerCase() ?? '';
  if (/(t10k|test)[-_.]?$/.test(prefix)) return 'test';
  return /(val|valid|validation)[-_.]?$/.test(prefix) ? 'val' : 'train';
}

function widen(part: Dataset, classes: readonly string[]): Dataset {
  const { name, length, shape, spec, labels, groups, batch, origin, fingerprint } = part;
  const wide: Dataset = {
    ...{ name, length, shape, spec, classes, labels, groups, batch, origin, fingerprint },
    get digest() {
      return digestOf(wide);
    },
  };
  return wide;
}

async function readPair(name: string, path: string, options: SourceOptions): Promise<Dataset> {
  const images = await readIdx(path);
  const labelsPath = await findLabels(path);
  const labels = await readIdx(labelsPath);
  const [count = 0, height = 0, width = 0, channels = 1] = images.dims;
  if (images.dims.length < 3 || (channels !== 1 && channels !== 3)) {
    throw new OnwardError(
      'input',
      `${path} has the shape ${images.dims.join('x')}: expected images, N x height x width (x 3)`,
    );
  }
  if (labels.dims.length !== 1) {
    throw new OnwardError('input', `${labelsPath} has the shape ${labels.dims.join('x')}: expected one label an image`);
  }
  if (labels.data.length !== count) {
    throw new OnwardError(
      'input',
      `${labelsPath} has ${labels.data.length} labels and ${path} ${count} images: expected as many; take both from the same place`,
    );
  }
  if (count === 0) throw new OnwardError('input', `${path} has no images`);
  const spec = fixedSpec(name, { width, height, channels }, options);
  const highest = labels.data.reduce((a, b) => Math.max(a, b), 1);
  const { size, mtimeMs } = await stat(path);
  const dataset = await collect(
    {
      name,
      spec,
      // Labels are numbers, so classes are, up to the highest.
      classes: Array.from({ length: highest + 1 }, (_, label) => String(label)),
      length: count,
      identity: ['idx', resolve(path), size, mtimeMs],
      memory: options.memory,
      origin: (i) => `${path} #${i}`,
    },
    (put) => put(toChannels(images.data, spec.channels, channels), labels.data),
  );
  options.onProgress?.(count, count);
  return dataset;
}

/** The file of labels of a file of images, zipped or not. */
async function findLabels(path: string): Promise<string> {
  const folder = dirname(path);
  const labelled = basename(path)
    .replace(/\.gz$/i, '')
    .replace(/images?([-.])idx[34]-ubyte$/i, 'labels$1idx1-ubyte');
  const names = await readdir(folder);
  const found = names.find((name) => name.replace(/\.gz$/i, '').toLowerCase() === labelled.toLowerCase());
  if (found) return join(folder, found);
  throw new OnwardError(
    'input',
    `${path} has no labels beside it: expected ${join(folder, labelled)} (or that with .gz)`,
  );
}

/** The IDX format: two zeros, the type (8: uint8), the number of axes; each axis as a big-endian uint32; the numbers. */
async function readIdx(path: string): Promise<{ dims: number[]; data: Uint8Array }> {
  let bytes: Buffer = await readFile(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = await inflate(bytes);
    } catch (cause) {
      throw new OnwardError('input', `${path} is damaged or cut off (${messageOf(cause)}): download it again`, {
        cause,
      });
    }
  }
  const axes = bytes[3] ?? 0;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || axes < 1 || axes > 4) {
    throw new OnwardError(
      'input',
      `${path} is not an IDX file (it starts with ${bytes.subarray(0, 4).toString('hex')})`,
    );
  }
  if (bytes[2] !== 8) {
    throw new OnwardError('input', `${path} has numbers of IDX type ${bytes[2]}: expected 8 (uint8)`);
  }
  const start = 4 + 4 * axes;
  const dims = bytes.length < start ? [] : Array.from({ length: axes }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const expected = start + dims.reduce((a, b) => a * b, 1);
  if (dims.length === 0 || bytes.length !== expected) {
    throw new OnwardError(
      'input',
      `${path} has ${bytes.length} bytes where its header (${dims.join('x') || 'cut off'}) says ${expected}: download it again`,
    );
  }
  return { dims, data: bytes.subarray(start) };
}
