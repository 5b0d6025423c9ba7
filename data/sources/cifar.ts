import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OnwardError } from '../../runtime/common/index.js';
import { collect } from '../collect.js';
import type { Dataset } from '../dataset.js';
import { fixedSpec, toChannels } from '../fixed-spec.js';
import type { Source, SourceOptions } from '../source.js';

const side = 32;
const planeBytes = side * side;

/** The two data sets: which files, how many bytes of labels before each image, and what the classes are called. */
const kinds = [
  {
    title: 'CIFAR-10',
    train: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
    test: ['test_batch.bin'],
    labelBytes: 1,
    names: 'batches.meta.txt',
    classes: 10,
    usual: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  },
  {
    title: 'CIFAR-100',
    train: ['train.bin'],
    test: ['test.bin'],
    // The coarse label, then the fine one, which is taken.
    labelBytes: 2,
    names: 'fine_label_names.txt',
    classes: 100,
    usual: undefined,
  },
] as const;
type Kind = (typeof kinds)[number];

/** CIFAR-10 and CIFAR-100 (Krizhevsky, 2009), the binary version: the folder that their archive unpacks to. */
export const cifar: Source = {
  name: 'cifar',
  matches: async (path) => (await kindOf(path)) !== undefined,
  async open(path, options) {
    const kind = (await kindOf(path))!;
    const train = await present(path, kind.train);
    const test = await present(path, kind.test);
    const classes = await readClasses(path, kind);
    return {
      name: path,
      train: await readBatches(path, kind, classes, train, options),
      ...(test.length > 0 && { test: await readBatches(path, kind, classes, test, options) }),
      skipped: [],
      notes:
        train.length < kind.train.length
          ? [`${path} has ${train.length} of the ${kind.train.length} files to train on`]
          : [],
    };
  },
};

async function kindOf(path: string): Promise<Kind | undefined> {
  for (const kind of kinds) if ((await present(path, kind.train)).length > 0) return kind;
  return undefined;
}

async function present(folder: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (file) => file.isFile(),
        () => false,
      ),
    ),
  );
  return names.filter((_, i) => found[i]);
}

async function readClasses(folder: string, { title, names, classes, usual }: Kind): Promise<readonly string[]> {
  const text = await readFile(join(folder, names), 'utf8').catch(() => undefined);
  if (text === undefined && usual) return usual;
  const found = (text ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
  if (found.length === classes) return found;
  throw new OnwardError(
    'input',
    `${join(folder, names)} has ${text === undefined ? 'not come along' : `${found.length} names`}: expected the names of the ${classes} classes of ${title}; unpack the archive again`,
  );
}

async function readBatches(
  folder: string,
  { title, labelBytes }: Kind,
  classes: readonly string[],
  files: readonly string[],
  options: SourceOptions,
): Promise<Dataset> {
  const spec = fixedSpec(folder, { width: side, height: side, channels: 3 }, options);
  const step = labelBytes + 3 * planeBytes;
  const stats = await Promise.all(files.map((file) => stat(join(folder, file))));
  for (const [i, { size }] of stats.entries()) {
    if (size > 0 && size % step === 0) continue;
    throw new OnwardError(
      'input',
      `${join(folder, files[i]!)} has ${size} bytes: expected a multiple of ${step} (${title}, binary version); unpack the archive again`,
    );
  }
  const counts = stats.map(({ size }) => size / step);
  const firsts = counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0));
  const length = counts.reduce((a, b) => a + b, 0);
  return collect(
    {
      name: folder,
      spec,
      classes,
      length,
      identity: ['cifar', resolve(folder), ...files, ...stats.map(({ mtimeMs }) => mtimeMs)],
      memory: options.memory,
      origin: (index) => {
        const file = firsts.findLastIndex((first) => first <= index);
        return `${join(folder, files[file]!)} #${index - firsts[file]!}`;
      },
    },
    async (put) => {
      let done = 0;
      for (const [i, file] of files.entries()) {
        const path = join(folder, file);
        const bytes = await readFile(path);
        const labels = Uint8Array.from({ length: counts[i]! }, (_, n) => bytes[n * step + labelBytes - 1]!);
        const stray = labels.findIndex((label) => label >= classes.length);
        if (stray >= 0) {
          throw new OnwardError(
            'input',
            `${path} has the label ${labels[stray]} at image ${stray}: expected 0 to ${classes.length - 1}; it is not of ${title}`,
          );
        }
        const pixels = new Uint8Array(counts[i]! * 3 * planeBytes);
        for (let n = 0, to = 0; n < counts[i]!; n++) {
          const from = n * step + labelBytes;
          // Red, green and blue one after another.
          for (let at = 0; at < planeBytes; at++) {
            pixels[to++] = bytes[from + at]!;
            pixels[to++] = bytes[from + planeBytes + at]!;
            pixels[to++] = bytes[from + 2 * planeBytes + at]!;
          }
        }
        await put(toChannels(pixels, spec.channels), labels);
        done += labels.length;
        options.onProgress?.(done, length);
      }
    },
  );
}
