import { type Dataset, memoryDataset } from 'onward/data';
import { augmentationSheet, invert } from 'onward/train';
import { describe, expect, it } from 'vitest';

/** Two classes of two images, 48x48, each of one value: 10, 20, 30, 40. */
const four: Dataset = memoryDataset({
  name: 'four',
  spec: { width: 48, height: 48, channels: 1, fit: 'contain', background: [0, 0, 0] },
  classes: ['a', 'b', 'none'],
  labels: [0, 0, 1, 1],
  pixels: Uint8Array.from({ length: 4 * 48 * 48 }, (_, i) => 10 * (1 + Math.floor(i / 48 / 48))),
});

/** The value in the middle of each cell. */
async function cells(sheet: ReturnType<typeof augmentationSheet>): Promise<number[][]> {
  const { width, height, data } = await sheet;
  const middles = (length: number) => Array.from({ length: Math.floor(length / 50) }, (_, i) => 50 * i + 26);
  return middles(height).map((y) => middles(width).map((x) => data[(y * width + x) * 3]!));
}

describe('the sheet of augmentations', () => {
  it('has a row an image: as it is, then draws of it', async () => {
    const [a, b, none] = await cells(augmentationSheet(four, [invert({ probability: 1 })], { draws: 3 }));
    expect([10, 20]).toContain(a![0]);
    expect([30, 40]).toContain(b![0]);
    // The sheet's own gray.
    expect(none).toEqual([96, 96, 96, 96]);
    for (const row of [a!, b!]) expect(row).toEqual([row[0], 255 - row[0]!, 255 - row[0]!, 255 - row[0]!]);
  });

  it('shows several images of a class, and no more rows than it may', async () => {
    const invertAll = [invert({ probability: 1 })];
    const rows = await cells(augmentationSheet(four, invertAll, { draws: 1, images: 2 }));
    expect(rows.map(([first]) => first)).toEqual([10, 20, 30, 40, 96]);
    const cut = await cells(augmentationSheet(four, invertAll, { images: 2, rows: 3 }));
    expect(cut.map((row) => row.length)).toEqual([8, 8, 8]);
  });

  it('draws each anew, by the seed', async () => {
    const drawn = (seed: number) => cells(augmentationSheet(four, [invert({ probability: 0.5 })], { draws: 12, seed }));
    const [row] = await drawn(1);
    expect(new Set(row).size).toBe(2);
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(2)).not.toEqual(await drawn(1));
  });
});
