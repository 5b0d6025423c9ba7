/** What the nearest neighbours say. */
export { goldenCandidates } from './candidates.js';
export { type GoldenCandidates, type KnnVotes, neighbourGolden } from './choose-golden.js';
export { collectVectors } from './collect-vectors.js';
export { compareNeighbours } from './compare-neighbours.js';
export { evaluateNeighbours, type NeighboursEvaluation, requireNeighbours } from './evaluate-neighbours.js';
export { type ExactIndex, type ExactNeighbours, exactNeighbours, exactVote } from './exact.js';
export { type FitNeighboursOptions, fitNeighbours } from './fit-neighbours.js';
export { indexOf } from './index-of.js';
export { isNearTie } from './near-tie.js';
