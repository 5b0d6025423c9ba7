import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSource, splitDataset, wholeOf } from 'onward/data';
import { decode, encodePng, fit } from 'onward/image';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { datasetContract } from './contract.js';

const signs = fileURLToPath(new URL('../../../shared/data/hand-signs', import.meta.url));

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'onward-folder-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A picture that differs from every other of another number. */
function picture(number: number, width = 20, height = 20, channels = 3): Uint8Array {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * (number + 3) + number * 31) & 255);
  return encodePng({ width, height, data });
}

let made = 0;
/** A folder with these files; its path. */
function tree(files: { readonly [path: string]: Uint8Array | string }): string {
  const root = join(base, `tree-${made++}`);
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** `{ 'cat/0.png': ..., ... }` */
function pictures(folder: string, from: number, count: number): { [path: string]: Uint8Array } {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${i}.png`, picture(from + i)]));
}

const twoClasses = () => tree({ ...pictures('cat', 0, 12), ...pictures('dog', 50, 12) });

datasetContract('a folder', async () => (await openSource(twoClasses())).train);
datasetContract('a folder with its own split', async () =>
  wholeOf(
    await openSource(
      tree({
        ...pictures('train/cat', 0, 6),
        ...pictures('train/dog', 10, 6),
        ...pictures('test/cat', 20, 4),
        ...pictures('test/dog', 30, 4),
      }),
    ),
  ),
);

describe('a folder', () => {
  it('has its classes and files in natural order, and the pixels that decode and fit give', async () => {
    const photo = await sharp({ create: { width: 90, height: 50, channels: 3, background: '#a63' } })
      .jpeg()
      .toBuffer();
    const webp = await sharp(photo).webp().toBuffer();
    const root = tree({
      'ten/x.png': picture(0),
      '10/b2.PNG': picture(1),
      '10/b10.JPG': photo,
      '10/b1.jpeg': photo,
      '9/a.webp': webp,
    });
    const { train, skipped, notes } = await openSource(root, { size: { width: 32, height: 24 } });
    expect(train.classes).toEqual(['9', '10', 'ten']);
    expect(train.shape).toEqual([24, 32, 3]);
    expect(Array.from({ length: 5 }, (_, i) => train.origin(i).slice(root.length + 1))).toEqual([
      '9/a.webp',
      '10/b1.jpeg',
      '10/b2.PNG',
      '10/b10.JPG',
      'ten/x.png',
    ]);
    expect([...train.labels]).toEqual([0, 1, 1, 1, 2]);
    for (const [index, bytes] of [webp, photo, picture(1), photo, picture(0)].entries()) {
      expect(await train.batch([index])).toEqual(fit(await decode(bytes), train.spec));
    }
    expect(skipped).toEqual([]);
    expect(notes).toEqual(['1 of 5 images repeat another one: a split keeps them together']);
    expect(train.groups[1]).toBe(train.groups[3]);
  });

  it('is the same however many threads decode it', async () => {
    const root = tree({ ...pictures('cat', 0, 40), ...pictures('dog', 100, 40) });
    const progress: number[] = [];
    const one = await openSource(root, { threads: 1, onProgress: (done, total) => progress.push(done / total) });
    const three = await openSource(root, { threads: 3 });
    const all = Array.from({ length: 80 }, (_, i) => i);
    expect(await three.train.batch(all)).toEqual(await one.train.batch(all));
    expect(three.train.digest).toBe(one.train.digest);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('keeps small images of one size as they are, else takes 64 x 64', async () => {
    expect((await openSource(twoClasses())).train.shape).toEqual([20, 20, 3]);
    const mixed = tree({ 'a/1.png': picture(1, 20, 20), 'b/1.png': picture(2, 20, 21) });
    expect((await openSource(mixed)).train.shape).toEqual([64, 64, 3]);
    const large = tree({ 'a/1.png': picture(1, 97, 20), 'b/1.png': picture(2, 97, 20) });
    expect((await openSource(large)).train.shape).toEqual([64, 64, 3]);
  });

  it('has one channel when every image is gray', async () => {
    const gray = { 'a/1.png': picture(1, 20, 20, 1), 'b/1.png': picture(2, 20, 20, 1) };
    const root = tree(gray);
    const { train } = await openSource(root);
    expect(train.shape).toEqual([20, 20, 1]);
    expect(await train.batch([0])).toEqual(fit(await decode(gray['a/1.png']), train.spec));
    expect((await openSource(root, { channels: 3 })).train.shape).toEqual([20, 20, 3]);
    const mixed = tree({ ...gray, 'b/2.png': picture(3) });
    expect((await openSource(mixed)).train.shape).toEqual([20, 20, 3]);
    expect((await openSource(mixed, { channels: 1 })).train.shape).toEqual([20, 20, 1]);
  });

  it('skips what cannot be read among good images, names and counts it', async () => {
    const good = picture(7);
    const root = tree({
      ...pictures('cat', 0, 3),
      ...pictures('dog', 10, 3),
      'cat/empty.png': '',
      'cat/text.jpg': 'no image',
      'cat/cut.png': good.subarray(0, good.length - 20),
      'cat/notes.txt': 'hello',
      'cat/.hidden.png': 'x',
      'cat/Thumbs.db': 'x',
      'dog/animated.png': 'GIF89a......',
      '.git/x.png': 'x',
    });
    symlinkSync(join(root, 'nowhere'), join(root, 'dog', 'dangling.png'));
    const { train, skipped } = await openSource(root);
    expect(train.length).toBe(6);
    expect(train.classes).toEqual(['cat', 'dog']);
    expect(Object.fromEntries(skipped.map(({ file, reason }) => [file, reason]))).toEqual({
      'cat/notes.txt': 'cat/notes.txt is not named .png, .jpg, .jpeg or .webp: rename it if it is an image',
      'cat/cut.png':
        'cat/cut.png is a damaged PNG image (it is cut off: its end is missing): save or download it again',
      'cat/empty.png': 'cat/empty.png is empty (0 bytes): expected a PNG, JPEG or WebP image; save it again',
      'cat/text.jpg':
        'cat/text.jpg is not an image (it starts with 6e 6f 20 69): expected PNG, JPEG or WebP; convert it to one of these',
      'dog/animated.png': 'dog/animated.png is a GIF image: expected PNG, JPEG or WebP; convert it to one of these',
      'dog/dangling.png': 'dog/dangling.png cannot be read (ENOENT): check the file and its permissions',
    });
    await expect(openSource(root, { strict: true })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(
        /^cat\/notes\.txt is not named .* \(and 5 more files that are no readable images\)$/,
      ),
    });
  });

  it.skipIf(process.getuid?.() === 0)('skips a file that may not be read', async () => {
    const root = twoClasses();
    chmodSync(join(root, 'cat/0.png'), 0);
    expect((await openSource(root)).skipped[0]?.reason).toContain('cannot be read (EACCES)');
  });

  it('too large for memory is decoded once into a file, and decoded again when one of its files changes', async () => {
    vi.stubEnv('ONWARD_CACHE', join(base, 'cache'));
    const gray = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i % 2}/${i}.png`, picture(i, 20, 20, 1)]));
    for (const files of [gray, { ...pictures('a', 0, 4), ...pictures('b', 9, 4), 'a/bad.png': 'x' }]) {
      const root = tree(files);
      const memory = await openSource(root);
      const decoded: number[] = [];
      const options = { memory: 0, onProgress: (done: number) => void decoded.push(done) };
      const file = await openSource(root, options);
      expect(file.train.digest).toBe(memory.train.digest);
      expect(file.skipped).toEqual(memory.skipped);
      expect(file.train.shape).toEqual(memory.train.shape);
      expect(await file.train.batch([7, 0])).toEqual(await memory.train.batch([7, 0]));
      expect(decoded.length).toBeGreaterThan(0);
      decoded.length = 0;
      expect((await openSource(root, options)).train.digest).toBe(memory.train.digest);
      expect(decoded).toEqual([]);
      writeFileSync(join(root, Object.keys(files)[0]!), picture(77, 20, 20, files === gray ? 1 : 3));
      expect((await openSource(root, options)).train.digest).not.toBe(memory.train.digest);
      expect(decoded.length).toBeGreaterThan(0);
    }
    vi.unstubAllEnvs();
  });

  it('refuses a bomb before decoding', async () => {
    const bomb = picture(1).slice();
    // 50,000 x 50,000: the checksum is wrong too, but nobody gets that far.
    new DataView(bomb.buffer).setUint32(16, 50_000);
    new DataView(bomb.buffer).setUint32(20, 50_000);
    const root = tree({ ...pictures('a', 0, 2), ...pictures('b', 5, 2), 'a/bomb.png': bomb });
    expect((await openSource(root)).skipped[0]?.reason).toContain(
      'a/bomb.png has 50000 x 50000 pixels, more than the limit',
    );
  });

  it('mentions files outside the classes and folders inside them', async () => {
    const root = tree({
      ...pictures('a', 0, 2),
      ...pictures('b', 5, 2),
      'LICENSE.txt': '',
      'x.png': '',
      'a/more/1.png': '',
    });
    expect((await openSource(root)).notes).toEqual([
      `2 files directly in ${root} in no class, left out: LICENSE.txt, x.png`,
      '1 folder inside the class a not looked into: more',
    ]);
  });

  it('keeps duplicates on one side of a split, and names those under two classes', async () => {
    const root = tree({
      ...pictures('a', 0, 20),
      ...pictures('b', 50, 20),
      'a/same.png': picture(50),
      'b/twin.png': picture(50),
    });
    const source = await openSource(root);
    expect(source.notes).toEqual([
      '2 of 42 images repeat another one: a split keeps them together',
      `${join(root, 'a/same.png')} and ${join(root, 'b/0.png')} are the same image in different classes: remove one`,
      `${join(root, 'a/same.png')} and ${join(root, 'b/twin.png')} are the same image in different classes: remove one`,
    ]);
    for (let seed = 0; seed < 10; seed++) {
      const { train, val, test } = splitDataset(source, { seed, val: 0.3, test: 0.3 });
      const sides = [train, val, test].filter((part) => part.groups.includes(source.train.groups[20]!));
      expect(sides).toHaveLength(1);
    }
  });

  it('takes train/, val/ and test/ above the classes as they are', async () => {
    const root = tree({
      ...pictures('train/cat', 0, 8),
      ...pictures('train/dog', 10, 8),
      ...pictures('val/cat', 20, 2),
      ...pictures('val/dog', 30, 2),
      ...pictures('test/dog', 40, 3),
      'test/cat/copy.png': picture(0),
    });
    const source = await openSource(root);
    const { train, val, test } = splitDataset(source);
    expect([train.length, val.length, test.length]).toEqual([16, 4, 4]);
    expect(test.classes).toEqual(['cat', 'dog']);
    expect([...test.labels]).toEqual([0, 1, 1, 1]);
    expect(source.notes).toContain('1 of the images in test/ are in train/ too: what is measured there is too good');
  });

  it('refuses a class in test/ that train/ has not', async () => {
    const root = tree({ ...pictures('train/a', 0, 3), ...pictures('train/b', 5, 3), ...pictures('test/c', 9, 3) });
    await expect(openSource(root)).rejects.toThrow(
      `${join(root, 'test')} has the class c, which train/ has not: expected a, b`,
    );
  });

  it('takes folders named train and test as classes when they hold images', async () => {
    const root = tree({ ...pictures('train', 0, 3), ...pictures('test', 5, 3) });
    expect((await openSource(root)).train.classes).toEqual(['test', 'train']);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const root = tree({ ...pictures('a', 0, 60), ...pictures('b', 100, 60) });
    const opening = openSource(root, { signal: stop.signal, threads: 1, onProgress: () => stop.abort() });
    await expect(opening).rejects.toMatchObject({ kind: 'interrupted' });
  });
});

describe('a folder that is none', () => {
  const refusals: [string, () => string, (root: string) => string][] = [
    [
      'one class',
      () => tree(pictures('cat', 0, 3)),
      (root) => `${root} has one class (cat): expected a folder of images for each of at least two classes`,
    ],
    [
      'an empty class',
      () => {
        const root = tree({ ...pictures('cat', 0, 3), ...pictures('dog', 5, 3) });
        mkdirSync(join(root, 'cow'));
        return root;
      },
      (root) => `the class cow in ${root} has no image: put .png, .jpg or .webp files into it, or remove the folder`,
    ],
    [
      'a class without a readable image',
      () => tree({ ...pictures('cat', 0, 3), 'dog/1.png': '' }),
      (root) =>
        `the class dog in ${root} has no readable image: dog/1.png is empty (0 bytes): expected a PNG, JPEG or WebP image; save it again`,
    ],
    [
      'nothing',
      () => tree({}),
      (root) =>
        `${root} has no images in folders: expected ${join(root, '<class>', '*.png')} (or .jpg, .webp), a folder for each class`,
    ],
    [
      'images but no classes',
      () => tree({ 'a.png': picture(1), 'b.png': picture(2) }),
      (root) =>
        `${root} has no images in folders: expected ${join(root, '<class>', '*.png')} (or .jpg, .webp), a folder for each class`,
    ],
    [
      'a file',
      () => join(tree({ x: 'x' }), 'x'),
      (root) => `${root} is a file: expected a folder with a folder of images for each class`,
    ],
    [
      'nowhere',
      () => join(base, 'nowhere'),
      (root) =>
        `no such folder or file: ${root}; expected a folder with a folder of images for each class, a manifest (.csv, .jsonl), a folder of IDX, CIFAR or SVHN files, or one of: mnist, street-digits, svhn`,
    ],
  ];
  for (const [title, make, message] of refusals) {
    it(`says so: ${title}`, async () => {
      const root = make();
      await expect(openSource(root)).rejects.toMatchObject({
        name: 'OnwardError',
        kind: 'input',
        message: message(root),
      });
    });
  }

  it('says which name is near', async () => {
    await expect(openSource('mnits')).rejects.toMatchObject({
      kind: 'usage',
      message:
        'unknown dataset "mnits": did you mean mnist? Known: mnist, street-digits, svhn, or the path of an image folder',
    });
  });
});

describe.skipIf(!existsSync(signs))('1,644 photographs of hands (where ../shared/data/hand-signs is)', () => {
  it('are ten classes, and decode at a rate to live with', async () => {
    const start = performance.now();
    const source = await openSource(signs);
    const seconds = (performance.now() - start) / 1000;
    const { train } = source;
    expect(train.length).toBe(1644);
    expect(train.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(train.shape).toEqual([64, 64, 3]);
    expect(source.skipped).toEqual([]);
    // Two idle cores reach 850.
    expect(1644 / seconds).toBeGreaterThan(50);
    const split = splitDataset(source);
    expect(split.train.length + split.val.length + split.test.length).toBe(1644);
  });
});
