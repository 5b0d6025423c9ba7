/** An evaluation as a folder to show around. */
export { type Cell, decimals, escapeHtml, facts, figure, percent, points, table } from './html.js';
export { modelCard } from './model-card.js';
export { type PageOptions, page } from './page/page.js';
export { confusionPlot } from './plots/confusion.js';
export { type ReportJson, reportJson } from './report-json.js';
export type { Plot, ReportContext, Section, SectionContent } from './section.js';
export { curvesFigure } from './sections/curves.js';
export { thumbnailsOf } from './thumbnails.js';
export { writePlot } from './write-plot.js';
export { requireReportPlace, type WriteReportOptions, writeReport } from './write-report.js';
