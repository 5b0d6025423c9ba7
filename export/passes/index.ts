import type { Graph } from '../../runtime/model/index.js';
import { dropUnused } from './drop-unused.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import type { Pass } from './pass.js';

/** In the order in which they run. To add a pass, write it in a file and list it here. */
export const passes: readonly Pass[] = [foldBatchNorm, dropUnused];

export const optimize = (graph: Graph): Graph => passes.reduce((current, pass) => pass.run(current), graph);

export type { Pass } from './pass.js';
