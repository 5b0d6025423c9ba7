/** The published study of street-number classifiers, as one resumable row of steps and a page. */
export { type PublishedFigure, publishedFigures, publishedParameters } from './published-figures.js';
export { type ReproduceOptions, reproduce, requireSteps, requireStudyOrFree } from './reproduce.js';
export type { Step } from './step.js';
export { steps } from './steps/index.js';
export type { StepRow, StepState, Study } from './study.js';
export { type FigureRow, figureRows, type StudyJson, shortened, studyJson } from './study-json.js';
