/** Model x images -> numbers. */
export {
  activationsSection,
  convolutionsOf,
  type ExplainMethod,
  type Explanation,
  embeddingOf,
  explain,
  explainMethods,
  graphOf,
  heatPng,
  modelAsSaid,
  openTapped,
  saysClasses,
  type Tapped,
  writeExplanation,
} from './activations/index.js';
export { type CheckedInput, checkExport, type ExportCheck } from './check-export.js';
export { type Comparison, compare } from './compare.js';
export {
  type ComparedPair,
  compareRuns,
  type EvaluatedRun,
  holm,
  type RunComparison,
  readEvaluatedRun,
  writeComparison,
} from './compare-runs/index.js';
export {
  embeddedParts,
  embeddingFiles,
  embeddingMap,
  mapPage,
  mapSection,
  writeEmbeddings,
} from './embeddings/index.js';
export { datasetImages, goldenImages, type Images } from './images.js';
export { computeMetrics, type Metrics, metrics, rocCurve, type Scored, scored } from './metrics/index.js';
export {
  type Gallery,
  galleryOf,
  labelErrors,
  type NearDuplicates,
  nearDuplicates,
  predictionsCsv,
  relabelCsv,
} from './mistakes/index.js';
export {
  collectVectors,
  evaluateNeighbours,
  exactNeighbours,
  exactVote,
  fitNeighbours,
  goldenCandidates,
  indexOf,
  isNearTie,
  type NeighboursEvaluation,
  neighbourGolden,
  requireNeighbours,
} from './neighbours/index.js';
export { type NoiseOptions, noiseSamples } from './noise-samples.js';
export type { EngineReport, ParityReport, Verdict } from './parity-report.js';
export { type FilePrediction, type PredictFilesOptions, predictFiles, topOf } from './predict-files.js';
export {
  type Cell,
  confusionPlot,
  curvesFigure,
  decimals,
  escapeHtml,
  facts,
  figure,
  modelCard,
  type Plot,
  page,
  percent,
  points,
  type ReportContext,
  type ReportJson,
  reportJson,
  requireReportPlace,
  type Section,
  type SectionContent,
  table,
  thumbnailsOf,
  type WriteReportOptions,
  writePlot,
  writeReport,
} from './report/index.js';
export { type LayersFiles, runLayers } from './run-layers.js';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  fittedTo,
  openSourceFor,
  type Part,
  type PartName,
  type PredictedAhead,
  partNames,
  partOf,
  predictAhead,
  predictAll,
  type TtaResult,
  trainingParts,
} from './score/index.js';
export { mcnemar, type Paired, pairedDifference, wilson } from './statistics/index.js';
export { augmentationsOf, predictAugmented } from './tta/index.js';
export { type VerifyOptions, verify } from './verify.js';
