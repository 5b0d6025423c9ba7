import { openSource, splitDataset, wholeOf } from 'onward/data';
import { encodePng } from 'onward/image';
import { describe, expect, it } from 'vitest';
import { datasetContract } from './contract.js';

const opened = openSource('mnist');

datasetContract('mnist', async () => wholeOf(await opened));

describe('mnist', () => {
  it('has 10,000 digits of 28x28, of which 2,000 always are the test part', async () => {
    const { train, val, test, skipped } = await opened;
    expect([train.length, val, test?.length]).toEqual([8000, undefined, 2000]);
    expect(train.shape).toEqual([28, 28, 1]);
    expect(train.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    for (let digit = 0; digit < 10; digit++) expect(test?.labels.filter((label) => label === digit)).toHaveLength(200);
    expect(skipped).toEqual([]);
    expect(test?.origin(0)).toBe('mnist 0 #801');
  });

  it('keeps the test part under every seed', async () => {
    const source = await opened;
    const [one, two] = [splitDataset(source, { seed: 1 }), splitDataset(source, { seed: 2 })];
    expect([one.train.length, one.val.length, one.test.length]).toEqual([7200, 800, 2000]);
    expect(one.test.digest).toBe(two.test.digest);
    expect(one.val.digest).not.toBe(two.val.digest);
  });

  it('is digits: white on black, with ink in the middle', async () => {
    const { train } = await opened;
    const image = await train.batch([0]);
    expect(Math.max(...image)).toBeGreaterThan(200);
    expect([...image.subarray(0, 28)]).toEqual(new Array(28).fill(0));
    expect(encodePng({ width: 28, height: 28, data: image }).length).toBeGreaterThan(100);
  });

  it('has content that never changes', async () => {
    const source = await opened;
    expect(wholeOf(source).digest).toMatchInlineSnapshot(
      `"620efb2de03cd585c98468bcf0fdbb4890c7826594ade2b8018a52da5346cbf2"`,
    );
    expect(source.test?.digest).toMatchInlineSnapshot(
      `"6a7119b950a044ebc28666ab9810ac09433fe46d38b788fa7a9f4c0977477f78"`,
    );
  });

  it('comes in colour when that is asked for: the same in all three channels', async () => {
    const gray = (await openSource('mnist')).test!;
    const colour = (await openSource('mnist', { channels: 3 })).test!;
    expect(colour.shape).toEqual([28, 28, 3]);
    const thrice = [...(await gray.batch([7, 900]))].flatMap((value) => [value, value, value]);
    expect([...(await colour.batch([7, 900]))]).toEqual(thrice);
  });

  it('refuses another size', async () => {
    await expect(openSource('mnist', { size: 32 })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/^the images of mnist are 28x28, and 32x32 was asked for: leave --size/),
    });
  });
});
