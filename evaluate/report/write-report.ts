import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { version, writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { inspectModel } from '../../runtime/model/index.js';
import { galleryOf, nearDuplicates, predictionsCsv, relabelCsv } from '../mistakes/index.js';
import type { Evaluation } from '../score/index.js';
import { escapeHtml, lastOf, shortPath } from './html.js';
import { modelCard } from './model-card.js';
import { page } from './page/page.js';
import { reportJson } from './report-json.js';
import type { ReportContext, Section, SectionContent } from './section.js';
import { sections as usual } from './sections/index.js';
import { thumbnailsOf } from './thumbnails.js';
import { writePlot } from './write-plot.js';

export interface WriteReportOptions extends Partial<Pick<ReportContext, 'training' | 'parity'>> {
  /** Besides the usual ones. */
  readonly sections?: readonly Section[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((what: string, done: number, total: number) => void) | undefined;
}

/** What a report or a comparison is made of, and what training leaves in the same folder. */
const expected = new Set([
  ...['index.html', 'report.json', 'plots', 'MODEL_CARD.md', 'predictions.csv', 'relabel.csv'],
  ...['curves.png', 'curves.svg', 'training.txt', 'tensorboard'],
]);

/**
 * Nobody's report is written over in silence, and none is strewn among other files.
 * @param force a report that is there may be written over
 * @throws OnwardError kind `input` where the folder holds one, or something else
 */
export async function requireReportPlace(folder: string, force = false): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    if (error.code !== 'ENOTDIR') throw error;
    throw new OnwardError('input', `--report ${folder}: expected a folder, or a place for one, got a file`);
  });
  const found = names.find((name) => name === 'index.html' || name === 'report.json');
  const strange = names.find((name) => !expected.has(name) && !name.startsWith('.'));
  if (strange !== undefined && !names.includes('report.json')) {
    throw new OnwardError(
      'input',
      `--report ${folder}: expected a report's folder, or one that is empty or not there yet, got one with something else in it (${strange}); name another`,
    );
  }
  if (!found || force) return;
  throw new OnwardError(
    'input',
    `${folder} holds a report already (${found}): name another folder with --report, or write over it with --force`,
  );
}

/** The usual sections with others among them, each after the one that it names. */
function inOrder(more: readonly Section[]): readonly Section[] {
  const all = [...usual];
  for (const section of more) {
    const at = section.after === undefined ? -1 : all.findIndex(({ id }) => id === section.after);
    all.splice(at < 0 ? all.length : at + 1, 0, section);
  }
  return all;
}

/**
 * Writes the report of an evaluation: `index.html` (one file that needs no other), `report.json`, `MODEL_CARD.md`,
 * `predictions.csv`, `relabel.csv`, and every plot as SVG and PNG in `plots/`. What else is in the folder stays. `index.html`
 * comes last: where it is, the rest is.
 * @returns the page's path
 */
export async function writeReport(
  folder: string,
  evaluation: Evaluation,
  options: WriteReportOptions = {},
): Promise<string> {
  const { training, parity, sections: more = [], signal, onProgress } = options;
  const { model, dataset } = evaluation;
  const duplicates = await nearDuplicates(dataset, {
    signal,
    onProgress: (done, total) => onProgress?.('looking for duplicates', done, total),
  });
  const gallery = galleryOf(evaluation, duplicates);
  const context: ReportContext = {
    ...{ evaluation, gallery, training, parity },
    inspected: inspectModel(model.bytes, { name: model.name }),
    thumbnails: await thumbnailsOf(
      dataset,
      gallery.items.map(({ image }) => image),
    ),
  };
  const made: (Section & SectionContent)[] = [];
  for (const section of inOrder(more)) {
    if (signal?.aborted) throw new OnwardError('interrupted', 'stopped before the report was written');
    const content = await section.make(context);
    if (content) made.push({ ...section, ...content });
  }
  for (const plot of made.flatMap(({ plots = [] }) => plots)) await writePlot(folder, plot);
  const extra = Object.fromEntries(made.flatMap(({ id, json }) => (json === undefined ? [] : [[id, json]])));
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify({ ...reportJson(evaluation), sections: extra })}\n`);
  await writeWhole(join(folder, 'MODEL_CARD.md'), modelCard(context));
  await writeWhole(join(folder, 'predictions.csv'), predictionsCsv(evaluation));
  await writeWhole(join(folder, 'relabel.csv'), relabelCsv(evaluation));
  const { recipe } = model.provenance;
  const html = await page({
    title: `${recipe ?? shortPath(model.name)} on ${lastOf(dataset.name)}`,
    about: `<p>${dataset.length.toLocaleString('en')} images (${escapeHtml(evaluation.part.name)}: ${escapeHtml(evaluation.part.how)}), ${model.labels.length} classes; ${escapeHtml(shortPath(model.name))}${model.digest ? `, sha256 ${model.digest.slice(0, 12)}…` : ''}</p>`,
    sections: made,
    end: `Written by onward ${escapeHtml(version)}. Every number is in report.json, every plot in plots/ as SVG and PNG.`,
  });
  const path = join(folder, 'index.html');
  await writeWhole(path, html);
  return path;
}
