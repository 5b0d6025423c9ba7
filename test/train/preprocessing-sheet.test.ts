import { type Dataset, memoryDataset } from 'onward/data';
import { preprocessingSheet, type Recipe, recipeByName } from 'onward/train';
import { describe, expect, it } from 'vitest';

/** Two classes, an image of one colour each, 48x48 with the upper half darker by 100: reds of 200 and 100. */
const reds: Dataset = memoryDataset({
  name: 'reds',
  spec: { width: 48, height: 48, channels: 3, fit: 'contain', background: [0, 0, 0] },
  classes: ['a', 'b'],
  labels: [0, 1],
  pixels: Uint8Array.from({ length: 2 * 48 * 48 * 3 }, (_, i) => {
    if (i % 3 !== 0) return 0;
    const image = Math.floor(i / 3 / 48 / 48);
    return (image === 0 ? 200 : 100) - (i % (48 * 48 * 3) < 48 * 24 * 3 ? 100 : 0);
  }),
});

/** The colours in the upper and the lower half of each cell, row by row. */
async function colours(...recipes: readonly Recipe[]) {
  const { pixels, rows } = await preprocessingSheet(reds, recipes);
  const { width, height, data } = pixels;
  expect([width, height]).toEqual([2 * 50 + 2, rows.length * 50 + 2]);
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
  return rows.map((row, line) => ({
    kinds: row.steps.map(({ kind }) => kind),
    black: row.black,
    white: row.white,
    cells: [0, 1].map((cell) => [10, 40].map((y) => at(50 * cell + 26, 50 * line + y))),
  }));
}

describe('the sheet of preprocessing', () => {
  it('has the images as they are, then after each step', async () => {
    const [asTheyAre, gray, contrast, scale, ...more] = await colours(recipeByName('simplenet'));
    expect(more).toEqual([]);
    expect(asTheyAre).toEqual({
      ...{ kinds: [], black: 0, white: 255 },
      cells: [
        [
          [100, 0, 0],
          [200, 0, 0],
        ],
        [
          [0, 0, 0],
          [100, 0, 0],
        ],
      ],
    });
    // 0.299 of the red, in all three.
    expect(gray).toMatchObject({ kinds: ['grayscale'], black: 0, white: 255 });
    expect(gray!.cells[0]).toEqual([
      [30, 30, 30],
      [60, 60, 60],
    ]);
    const blackAndWhite = [
      [0, 0, 0],
      [255, 255, 255],
    ];
    expect(contrast).toMatchObject({ kinds: ['grayscale', 'contrast'], cells: [blackAndWhite, blackAndWhite] });
    expect(scale).toMatchObject({ black: 0, white: expect.closeTo(1, 6), cells: [blackAndWhite, blackAndWhite] });
  });

  it('shows what two recipes have in common once, and what has no bounds within those of the images', async () => {
    const recipes = ['simplenet', 'dense-gray', 'accurate'].map(recipeByName);
    const rows = await colours(...recipes);
    expect(rows.map(({ kinds }) => kinds.at(-1))).toEqual([undefined, 'grayscale', 'contrast', 'scale', 'standardize']);
    const { black, white, cells } = rows.at(-1)!;
    expect(black).toBeCloseTo(-1, 5);
    // A sixth of the second image's numbers are 100, the others 0: of mean p and deviation sqrt(p (1 - p)).
    expect(white).toBeCloseTo((1 - 1 / 6) / Math.sqrt((1 / 6) * (5 / 6)), 4);
    expect(cells[1]![1]).toEqual([255, cells[1]![1]![1], cells[1]![1]![1]]);
  });

  it('refuses images that a recipe is not for', async () => {
    const gray = memoryDataset({
      ...{ name: 'gray', classes: ['a'], labels: [0], pixels: new Uint8Array(64) },
      spec: { width: 8, height: 8, channels: 1, fit: 'contain', background: [0, 0, 0] },
    });
    await expect(preprocessingSheet(gray, [recipeByName('vgg16-finetune')])).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining('takes colour images'),
    });
  });
});
