import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { engineByName } from 'onward/engines';
import { type Evaluation, evaluate, requireReportPlace, writeReport } from 'onward/evaluate';
import { launchBrowser } from 'onward/machine';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { newPage } from '../web/browser.js';
import { partOfAll, small } from './small.js';

/** Names as people give them: long ones, and with characters that mean something in HTML. */
const classes = ['ant', 'bee & wasp <both of them> whose name is far too long for any phone', 'Größe', '"cat"'];
let folder: string;
let evaluation: Evaluation;
let browser: Browser;
const history = [1, 2, 3].map((epoch) => ({
  epoch,
  loss: 1 / epoch,
  accuracy: 0.5,
  val_loss: 1.1 / epoch,
  val_accuracy: 0.4,
}));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onward-eval-report-'));
  browser = await launchBrowser();
  const { dataset } = small(200, { wrongEvery: 5, classes });
  // What must not break out of the page's data.
  const sly = { ...dataset, digest: dataset.digest, origin: (i: number) => `a/<b>&"${i}"</script>.png` };
  evaluation = await evaluate({ ...modelOf(), labels: classes }, partOfAll(sly), { engine: engineByName('ort-cpu') });
  await writeReport(folder, evaluation, {
    training: { history, bestEpoch: 3 },
    sections: [
      { id: 'extra', title: 'Something more', after: 'confusion', make: () => ({ html: '<p>more</p>', json: 7 }) },
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function opened(width = 1280) {
  const open = await newPage(browser);
  await open.page.setViewportSize({ width, height: 800 });
  await open.page.goto(pathToFileURL(join(folder, 'index.html')).href);
  return open;
}

describe('the folder', () => {
  it('has every number, and those of sections that were added', async () => {
    const json = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
    expect(json.metrics).toEqual(JSON.parse(JSON.stringify(evaluation.metrics)));
    expect(json.dataset).toMatchObject({ images: 200, digest: evaluation.dataset.digest });
    expect(json.sections.mistakes.mistakes).toBe(200 - evaluation.metrics.accuracy.correct);
    expect(json.sections.extra).toBe(7);
  });

  it('has every plot as SVG and as PNG', async () => {
    const names = await readdir(join(folder, 'plots'));
    expect(names.sort()).toEqual(
      ['calibration', 'confusion', 'curves', 'roc'].flatMap((name) => [`${name}.png`, `${name}.svg`]),
    );
    for (const name of names) {
      const { width, height } = await sharp(join(folder, 'plots', name)).metadata();
      expect(Math.min(width, height)).toBeGreaterThan(150);
    }
  });

  it('has a model card that is filled where something is known, and says where a person must write', async () => {
    const card = await readFile(join(folder, 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain(evaluation.model.digest);
    expect(card).toContain(`${(evaluation.metrics.accuracy.value * 100).toFixed(2)} %`);
    expect(card.match(/_To be written:/g)!.length).toBeGreaterThan(5);
    expect(card).not.toContain('undefined');
  });

  it('lists every prediction, and labels in doubt', async () => {
    const lines = (await readFile(join(folder, 'predictions.csv'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(201);
    expect(lines[1]).toMatch(/^"a\/<b>&""0""<\/script>\.png",[0-9a-f]{16},[^,]+,[^,]+,0\.\d{6}$/);
    expect(await readFile(join(folder, 'relabel.csv'), 'utf8')).toMatch(/^image,label,was,probability\n/);
  });

  it('is not written over in silence', async () => {
    await expect(requireReportPlace(folder)).rejects.toThrow(/holds a report already .*--force/);
    await expect(requireReportPlace(join(folder, 'report.json'))).rejects.toThrow(/expected a folder.*got a file/);
    await requireReportPlace(folder, true);
    // Somebody's pictures are no report, whatever is wanted.
    await expect(requireReportPlace(join(folder, 'plots'), true)).rejects.toThrow(/got one with something else in it/);
    await requireReportPlace(join(folder, 'nowhere'));
  });
});

describe('the page', () => {
  it('opens from disk, asks for nothing, and has its sections in order', async () => {
    const { page, errors, requests, close } = await opened();
    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:') && !url.startsWith('blob:'))).toHaveLength(1);
    const ids = await page.locator('main > section').evaluateAll((all) => all.map(({ id }) => id));
    expect(ids).toEqual([
      'summary',
      'classes',
      'confusion',
      'extra',
      'mistakes',
      'calibration',
      'roc',
      'curves',
      'layers',
      'parity',
      'provenance',
    ]);
    expect(await page.innerText('.tile b >> nth=0')).toBe(
      `${(evaluation.metrics.accuracy.value * 100).toFixed(2)}\u00a0%`,
    );
    await close();
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const { page, close } = await opened(390);
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const [paper, ink] = await page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color].map((c) =>
        c
          .match(/\d+/g)!
          .slice(0, 3)
          .reduce((sum, n) => sum + Number(n), 0),
      );
    });
    expect(paper! > ink!).toBe(colorScheme === 'light');
    await close();
  });

  it('prints without its buttons', async () => {
    const { page, close } = await opened();
    await page.emulateMedia({ media: 'print' });
    expect(await page.isVisible('.controls >> nth=0')).toBe(false);
    expect(await page.isVisible('.gallery >> nth=0')).toBe(true);
    await close();
  });

  it('filters, sorts and groups the pictures', async () => {
    const { page, close } = await opened();
    const { scored, metrics } = evaluation;
    const wrong = 200 - metrics.accuracy.correct;
    const counted = () => page.innerText('#mistakes-count');
    const shown = () =>
      page
        .locator('.item')
        .evaluateAll((all) =>
          all.map(
            (item) =>
              [
                item.querySelector('.said')!.textContent!,
                Number.parseFloat(item.querySelector('.sure')!.textContent!),
              ] as const,
          ),
        );
    await page.selectOption('#mistakes-kind', 'mistake');
    expect(await counted()).toMatch(new RegExp(`^${wrong} of `));
    const pair = metrics.confusedPairs[0]!;
    await page.selectOption('#mistakes-label', String(scored.classes.indexOf(pair.label)));
    await page.selectOption('#mistakes-predicted', String(scored.classes.indexOf(pair.predicted)));
    expect(await counted()).toMatch(new RegExp(`^${pair.images} of `));
    await page.selectOption('#mistakes-group', 'none');
    const confident = await shown();
    expect(new Set(confident.map(([said]) => said))).toEqual(new Set([`${pair.label} → ${pair.predicted}`]));
    const values = confident.map(([, value]) => value);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    await page.selectOption('#mistakes-sort', 'unsure');
    expect((await shown()).map(([, value]) => value)).toEqual(values.toReversed());
    await page.selectOption('#mistakes-label', '');
    await page.selectOption('#mistakes-predicted', '');
    await page.selectOption('#mistakes-group', 'predicted');
    const heads = await page.locator('#mistakes-galleries h3').allInnerTexts();
    expect(heads[0]).toMatch(/^called /);
    expect(heads.reduce((sum, head) => sum + Number(head.split(': ')[1]), 0)).toBe(wrong);
    await page.selectOption('#mistakes-kind', 'twin');
    expect(await page.innerText('#mistakes-galleries')).toBe('Nothing is so.');
    await close();
  });

  it('shows of each picture what is in the dataset', async () => {
    const { page, close } = await opened();
    await page.selectOption('#mistakes-group', 'none');
    const first = page.locator('.item').first();
    const image = Number(/"(\d+)"/.exec((await first.getAttribute('title'))!)![1]);
    const pixels = await evaluation.dataset.batch([image]);
    // On a screen of one pixel a point, each of the image's is 8 by 8 there.
    const png = await first.locator('.thumb').screenshot();
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    for (const [x, y] of [
      [3, 3],
      [4, 2],
      [2, 5],
    ] as const) {
      const at =
        (Math.floor(((y + 0.5) * info.height) / 8) * info.width + Math.floor(((x + 0.5) * info.width) / 8)) * 3;
      expect([...data.subarray(at, at + 3)]).toEqual([...pixels.subarray((y * 8 + x) * 3, (y * 8 + x) * 3 + 3)]);
    }
    await close();
  });

  it('marks pictures and saves a list to relabel', async () => {
    const { page, close } = await opened();
    await page.selectOption('#mistakes-group', 'none');
    expect(await page.isDisabled('#mistakes-save')).toBe(true);
    await page.locator('.item').nth(0).click();
    await page.locator('.item').nth(2).click();
    await page.locator('.item').nth(2).click();
    await page.locator('.item').nth(1).click();
    expect(await page.innerText('#mistakes-count')).toContain('2 marked');
    // What is marked stays so whatever is shown.
    await page.selectOption('#mistakes-sort', 'name');
    expect(await page.locator('.item[aria-pressed=true]').count()).toBe(2);
    const download = page.waitForEvent('download');
    await page.click('#mistakes-save');
    const path = join(folder, 'saved.csv');
    await (await download).saveAs(path);
    const [head, ...lines] = (await readFile(path, 'utf8')).trim().split('\n');
    expect(head).toBe('image,label,was,predicted,probability');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^"a\/<b>&""\d+""<\/script>\.png",[^,]+,[^,]+,[^,]+,[01]\.\d{4}$/);
    await page.click('#mistakes-mark');
    await page.click('#mistakes-clear');
    expect(await page.locator('.item[aria-pressed=true]').count()).toBe(0);
    await rm(path);
    await close();
  });

  it('sorts its tables', async () => {
    const { page, close } = await opened();
    const cells = () => page.locator('#classes tbody tr td:nth-child(2)').allInnerTexts();
    await page.click('#classes th:nth-child(2) button');
    const down = (await cells()).map(Number);
    expect(down).toEqual(down.toSorted((a, b) => b - a));
    await page.click('#classes th:nth-child(2) button');
    expect((await cells()).map(Number)).toEqual(down.toReversed());
    expect(await page.getAttribute('#classes th:nth-child(2)', 'aria-sort')).toBe('ascending');
    await close();
  });
});

it('what fails halfway leaves no page', async () => {
  const other = join(folder, 'other');
  const failing = { id: 'x', title: 'x', make: () => Promise.reject(new Error('no')) };
  await expect(writeReport(other, evaluation, { sections: [failing] })).rejects.toThrow('no');
  expect(await stat(join(other, 'index.html')).catch(() => 'none')).toBe('none');
  await writeFile(join(folder, 'kept.txt'), 'kept');
  await writeReport(folder, evaluation, {});
  expect(await readFile(join(folder, 'kept.txt'), 'utf8')).toBe('kept');
});
