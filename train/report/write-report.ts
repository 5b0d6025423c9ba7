import { join } from 'node:path';
import sharp from 'sharp';
import { writeWhole } from '../../machine/index.js';
import { curvesSvg } from '../../plot/index.js';
import type { EpochRow } from '../run-folder.js';
import { extremes, formatExtremes } from './extremes.js';

/** Twice the size of the drawing: sharp on every screen. */
const density = 144;

/** Writes what a training came to: the curves as a picture (PNG and SVG), their smallest and largest values as text. */
export async function writeReport(folder: string, history: readonly EpochRow[], bestEpoch: number): Promise<void> {
  const svg = curvesSvg(history, bestEpoch);
  await writeWhole(join(folder, 'curves.svg'), svg);
  const png = await sharp(Buffer.from(svg), { density }).png({ palette: true }).toBuffer();
  await writeWhole(join(folder, 'curves.png'), png);
  await writeWhole(join(folder, 'training.txt'), `${formatExtremes(extremes(history))}\n`);
}
