import type { Graph } from '../../runtime/model/index.js';

/** Graph -> Graph that computes the same. */
export interface Pass {
  readonly name: string;
  run(graph: Graph): Graph;
}
