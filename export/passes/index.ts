import type { Graph } from '../../runtime/model/index.js';
import { dropIdentity } from './drop-identity.js';
import { dropUnused } from './drop-unused.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { mergeDuplicates } from './merge-duplicates.js';
import type { Pass } from './pass.js';

/** In the order in which they run. To add a pass, write it in a file and list it here. */
export const passes: readonly Pass[] = [dropIdentity, mergeDuplicates, foldBatchNorm, dropUnused];

/** A graph that computes the same with less. */
export const optimize = (graph: Graph): Graph => passes.reduce((current, pass) => pass.run(current), graph);

export type { Pass } from './pass.js';
