import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writePlot } from '../evaluate/index.js';
import { fileStyle } from '../plot/index.js';
import { studyPlots } from './page/index.js';
import type { Study } from './study.js';

/** Writes what the page draws into `plots/`, as SVG and PNG; what is there already, and the same, stays. */
export async function writePlots(study: Study): Promise<void> {
  for (const plot of studyPlots(study)) {
    const path = join(study.out, 'plots', plot.name);
    const before = await readFile(`${path}.svg`, 'utf8').catch(() => undefined);
    const png = await stat(`${path}.png`).catch(() => undefined);
    if (!png || before !== plot.draw(fileStyle)) await writePlot(study.out, plot);
  }
}
