import { escapeHtml, type Plot, page } from '../../evaluate/index.js';
import { version } from '../../machine/index.js';
import type { Study } from '../study.js';
import { shortened } from '../study-json.js';
import { activations } from './activations.js';
import { confusion } from './confusion.js';
import { figures } from './figures.js';
import { mistakes } from './mistakes.js';
import { neighbours } from './neighbours.js';
import { provenance } from './provenance.js';
import type { StudySection } from './section.js';
import { studyStyle } from './style.js';
import { training } from './training.js';
import { tta } from './tta.js';

const sections: readonly StudySection[] = [
  ...[figures, training, confusion, mistakes, tta, activations, neighbours, provenance],
];

/** One HTML file that needs no other, in the report's style. Pictures of activations are read from the study's folder. */
export async function studyPage(study: Study): Promise<string> {
  const made = [];
  for (const { id, title, make } of sections) made.push({ id, title, html: await make(study) });
  // Beside the sections' own, whichever of them there are.
  made[0]!.html = `<style>${studyStyle}</style>${made[0]!.html}`;
  const { dataset, scale } = study;
  const short = shortened(study) ? `, <b>shortened to a scale of ${scale}</b>` : '';
  return page({
    title: `Street-number classifiers, reproduced on ${dataset.name}`,
    about: `<p>Six published recipes, trained and evaluated here on ${escapeHtml(dataset.name)}${short}.${study.interrupted ? ' Stopped before its end: the same command goes on.' : ''}</p>`,
    sections: made,
    end: `Written by onward ${escapeHtml(version)}. Every number is in study.json; every plot in plots/ as SVG and PNG, each training is a run folder in runs/.`,
  });
}

/** What the page draws, for files of their own. */
export const studyPlots = (study: Study): readonly Plot[] => sections.flatMap(({ plots }) => plots?.(study) ?? []);
