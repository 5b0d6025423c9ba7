import type { NeighboursEvaluation, Part } from '../../evaluate/index.js';

const percent = (value: number | null) => (value === null ? '–' : `${(value * 100).toFixed(2)} %`);

/** What neighbours come to, for a terminal. */
export function formatNeighbours(
  path: string,
  { name, how, dataset }: Part,
  { neighbours, metrics, nearTies, voteTies, seconds, engine, notes }: NeighboursEvaluation,
): string {
  const { accuracy, averages, balancedAccuracy } = metrics;
  const { k, metric, weights, images, width } = neighbours;
  return [
    `${path} on ${dataset.length} images of ${dataset.name} (${name}: ${how})`,
    `  ${k} of ${images} neighbours vote by vectors of ${width}, ${metric}, ${weights}`,
    '',
    `  accuracy   ${percent(accuracy.value)}, 95 % interval ${percent(accuracy.low)} to ${percent(accuracy.high)} (${accuracy.correct} of ${dataset.length})`,
    `  balanced   ${percent(balancedAccuracy)}; macro F1 ${percent(averages.macro.f1)}`,
    `  near-ties  ${nearTies}: the neighbour that has the last vote and the next one are as far as float32 can tell`,
    `  vote ties  ${voteTies}: the first of the classes won`,
    `  speed      ${(dataset.length / seconds).toFixed(0)} images/s, ${engine.name} ${engine.version} on ${engine.device}`,
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}
