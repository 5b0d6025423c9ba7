import type { Graph } from '../../runtime/model/index.js';
import { dropIdentity } from './drop-identity.js';
import { dropUnused } from './drop-unused.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { foldConstants } from './fold-constants.js';
import { mergeConstants } from './merge-constants.js';
import { mergeDuplicates } from './merge-duplicates.js';
import { mergeMoves } from './merge-moves.js';
import { mergePad } from './merge-pad.js';
import { moveBatchNorm } from './move-batch-norm.js';
import type { Pass } from './pass.js';

/** In the order in which they run. To add a pass, write it in a file and list it here. */
export const passes: readonly Pass[] = [
  foldConstants,
  mergeMoves,
  dropIdentity,
  mergeDuplicates,
  mergePad,
  foldBatchNorm,
  moveBatchNorm,
  mergeConstants,
  dropUnused,
];

/** A graph that computes the same with less. */
export const optimize = (graph: Graph): Graph => passes.reduce((current, pass) => pass.run(current), graph);

export type { Pass } from './pass.js';
