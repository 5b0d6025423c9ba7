import { join } from 'node:path';
import sharp from 'sharp';
import { writeWhole } from '../../machine/index.js';
import { fileStyle } from '../../plot/index.js';
import type { Plot } from './section.js';

/** Twice the size of the drawing: sharp on every screen. */
const density = 144;

/** Writes a plot into `plots/` of a report, as SVG and as PNG. */
export async function writePlot(folder: string, plot: Plot): Promise<void> {
  const svg = plot.draw(fileStyle);
  await writeWhole(join(folder, 'plots', `${plot.name}.svg`), svg);
  const png = await sharp(Buffer.from(svg), { density }).png({ palette: true }).toBuffer();
  await writeWhole(join(folder, 'plots', `${plot.name}.png`), png);
}
