import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { engineByName } from 'onward/engines';
import { activationsSection, evaluate, mapPage, mapSection, writeReport } from 'onward/evaluate';
import { launchBrowser } from 'onward/machine';
import { expect, it } from 'vitest';
import { modelOf } from '../runtime/engines/models.js';
import { newPage } from '../web/browser.js';
import { partOfAll, small } from './small.js';

const engine = engineByName('ort-cpu');

it('a map shows the image under the pointer, on a phone too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onward-map-'));
  const browser = await launchBrowser();
  try {
    const { dataset } = small(60, { wrongEvery: 5 });
    await writeFile(join(folder, 'map.html'), await mapPage(modelOf(), dataset, { engine, most: 50 }));
    for (const width of [390, 1280]) {
      const { page } = await newPage(browser);
      await page.setViewportSize({ width, height: 800 });
      await page.goto(pathToFileURL(join(folder, 'map.html')).href);
      expect(await page.locator('#map').textContent()).toContain('50 of 60 images, chosen by the seed 1');
      const { points, frame, classes } = JSON.parse((await page.locator('#map-data').textContent())!);
      expect(points).toHaveLength(50);
      const svg = page.locator('#map .map svg');
      await svg.scrollIntoViewIfNeeded();
      const box = (await svg.boundingBox())!;
      expect(box.width).toBeLessThanOrEqual(width);
      const over = page.locator('#map .over');
      expect(await over.isVisible()).toBe(false);
      // One that no other lies on.
      const alone = points.findIndex(([x, y]: number[]) =>
        points.every(([a, b]: number[]) => (a === x && b === y) || Math.hypot(a! - x!, b! - y!) > 3),
      );
      const [x, y, label, said, file] = points[alone];
      const scale = box.width / frame.width;
      await page.mouse.move(box.x + x * scale, box.y + y * scale);
      expect(await over.isVisible()).toBe(true);
      const text = await over.textContent();
      expect(text).toContain(file);
      expect(text).toContain(classes[label]);
      expect(text!.includes('called')).toBe(label !== said);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await page.close();
    }
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
});

it('a report has the map and what the network sees, each in its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'onward-map-'));
  try {
    const { dataset } = small(40);
    const evaluation = await evaluate(modelOf(), partOfAll(dataset), { engine });
    const path = await writeReport(folder, evaluation, {
      sections: [mapSection({ engine, most: 30 }), activationsSection({ engine })],
    });
    const html = await readFile(path, 'utf8');
    const ids = [...html.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
    const at = ids.indexOf('mistakes');
    expect(ids.slice(at, at + 3)).toEqual(['mistakes', 'map', 'activations']);
    const found = [...new Set(evaluation.scored.predicted.filter((said, i) => said === evaluation.scored.labels[i]))];
    expect(html.match(/what of it counts<\/figcaption>/g)).toHaveLength(found.length);
  } finally {
    await rm(folder, { recursive: true });
  }
});
