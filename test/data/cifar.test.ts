import { openSource, wholeOf } from 'onward/data';
import { describe, expect, it } from 'vitest';
import { datasetContract } from './contract.js';
import { makeTrees } from './files.js';

const tree = makeTrees();

/** `count` images; red, green and blue of image n are n, n + 1, n + 2 and their place. */
function batch(count: number, classes: number, labelBytes = 1): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, n) =>
      Buffer.concat([
        Buffer.from(labelBytes === 2 ? [n % 20, n % classes] : [n % classes]),
        ...[0, 1, 2].map((channel) => Buffer.from(Array.from({ length: 1024 }, (_, at) => (n + channel + at) & 255))),
      ]),
    ),
  );
}

const ten = { 'data_batch_1.bin': batch(20, 10), 'data_batch_2.bin': batch(20, 10), 'test_batch.bin': batch(10, 10) };

datasetContract('CIFAR-10', async () => wholeOf(await openSource(tree(ten))));

describe('CIFAR', () => {
  it('10 has its pixels interleaved, its usual names, and says which files are missing', async () => {
    const root = tree(ten);
    const { train, test, notes } = await openSource(root);
    expect([train.length, test?.length, ...train.shape]).toEqual([40, 10, 32, 32, 3]);
    expect(train.classes).toEqual([
      'airplane',
      'automobile',
      'bird',
      'cat',
      'deer',
      'dog',
      'frog',
      'horse',
      'ship',
      'truck',
    ]);
    expect([...(await train.batch([3])).subarray(0, 6)]).toEqual([3, 4, 5, 4, 5, 6]);
    expect(train.origin(21)).toBe(`${root}/data_batch_2.bin #1`);
    expect(notes).toEqual([`${root} has 2 of the 5 files to train on`]);
  });

  it('100 has fine labels and their names', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `thing ${i}`).join('\n');
    const root = tree({
      'train.bin': batch(200, 100, 2),
      'test.bin': batch(100, 100, 2),
      'fine_label_names.txt': `${names}\n`,
    });
    const { train } = await openSource(root);
    expect(train.classes[99]).toBe('thing 99');
    expect(train.labels[25]).toBe(25);
    await expect(openSource(tree({ 'train.bin': batch(20, 100, 2) }))).rejects.toThrow(
      'expected the names of the 100 classes',
    );
  });

  it('says what is wrong with a file', async () => {
    await expect(openSource(tree({ 'data_batch_1.bin': batch(2, 10).subarray(0, 5000) }))).rejects.toThrow(
      /data_batch_1.bin has 5000 bytes: expected a multiple of 3073 \(CIFAR-10/,
    );
    await expect(openSource(tree({ 'data_batch_1.bin': batch(20, 30) }))).rejects.toThrow(
      /has the label 10 at image 10: expected 0 to 9; it is not of CIFAR-10/,
    );
  });
});
