import type { CurvesRow, Style } from '../../plot/index.js';
import type { ModelReport } from '../../runtime/model/index.js';
import type { Gallery } from '../mistakes/index.js';
import type { ParityReport } from '../parity-report.js';
import type { Evaluation } from '../score/index.js';
import type { Thumbnails } from './thumbnails.js';

/** A picture of numbers: it stands in the page, and as SVG and PNG in `plots/`. */
export interface Plot {
  /** Of its files, without the ending. */
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly title: string;
  draw(style: Style): string;
}

/** What sections are made of. */
export interface ReportContext {
  readonly evaluation: Evaluation;
  readonly inspected: ModelReport;
  readonly gallery: Gallery;
  /** Of the gallery's items, in their order. */
  readonly thumbnails: Thumbnails;
  /** How the training went, where its run folder is there. */
  readonly training: { readonly history: readonly CurvesRow[]; readonly bestEpoch: number } | undefined;
  /** What `onward verify` found, where somebody ran it. */
  readonly parity: ParityReport | undefined;
}

export interface SectionContent {
  /** Inside the section, below its title. */
  readonly html: string;
  readonly plots?: readonly Plot[];
  /** For the section's script: JSON in an element with the id `<section>-data`. */
  readonly data?: unknown;
  /** A module of `page/` that makes it alive, `<script>.browser.js`; it imports nothing. */
  readonly script?: string;
  /** In report.json, under the section's id, besides what an evaluation has. */
  readonly json?: unknown;
}

/** A part of the report. To add one, write it in a file of `sections/` and list it there, or give it to `writeReport`. */
export interface Section {
  /** Also what a link to it says: `index.html#confusion`. */
  readonly id: string;
  readonly title: string;
  /** For one that is given to `writeReport`: the id of the one that it comes after. Default: at the end. */
  readonly after?: string;
  /** Undefined where there is nothing to show: the page then has no such section. */
  make(context: ReportContext): SectionContent | undefined | Promise<SectionContent | undefined>;
}
