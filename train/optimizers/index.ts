import type { Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { adam } from './adam.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { sgd } from './sgd.js';

export { grouped } from './groups.js';
export type { Optimizer, OptimizerOptions, OptimizerState } from './optimizer.js';

type Make = (tf: TensorFlow, variables: readonly Variable[], options?: OptimizerOptions) => Optimizer;

/** Every optimiser; `sgd` with momentum 0.9. To add one, write it in a file and list it here. */
export const optimizers = { adam, sgd } satisfies Readonly<Record<string, Make>>;
export type OptimizerName = keyof typeof optimizers;
