import type { Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type NativeOps, nativeOps } from '../kernels/native-ops.js';
import { composedAdam } from './composed-adam.js';
import { decays, type Optimizer, type OptimizerOptions } from './optimizer.js';
import { decayOf, readSlots, resources } from './resource.js';

/** Kingma & Ba, arXiv:1412.6980, with the paper's decay rates and TensorFlow.js' epsilon for float32. */
const fixed = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
export type AdamSettings = typeof fixed & Required<OptimizerOptions>;

/** Adam, with decoupled weight decay: TensorFlow's one kernel a variable on the native backend, else composed. */
export function adam(
  tf: TensorFlow,
  variables: readonly Variable[],
  { weightDecay = 0 }: OptimizerOptions = {},
): Optimizer {
  const ops = nativeOps(tf);
  const settings = { ...fixed, weightDecay };
  return ops ? nativeAdam(tf, ops, variables, settings) : composedAdam(tf, variables, settings);
}

function nativeAdam(
  tf: TensorFlow,
  ops: NativeOps,
  variables: readonly Variable[],
  { beta1, beta2, epsilon, weightDecay }: AdamSettings,
): Optimizer {
  const kept = variables.map((variable) => resources(tf, ops, variable, ['m', 'v']));
  let step = 0;
  let rate = 0;
  return {
    begin(learningRate) {
      step++;
      rate = learningRate;
    },
    apply(gradients) {
      tf.tidy(() => {
        const changing = [() => beta1 ** step, () => beta2 ** step, () => rate].map((read) => ops.givenScalar(read));
        const numbers = [...changing, ...[beta1, beta2, epsilon].map(ops.scalar)];
        for (const [i, each] of kept.entries()) {
          const { variable, m, v } = each.handles;
          const decay = decayOf(ops, each, decays(each.variable, weightDecay) ? () => rate * weightDecay : undefined);
          each.update(() => {
            decay();
            ops.run('ResourceApplyAdam', [], [variable, m, v, ...numbers, gradients[i]!], 0);
          });
        }
      });
    },
    state: () => ({ steps: step, slots: readSlots(kept, ['m', 'v']) }),
    restore(state) {
      step = state.steps;
      for (const [i, each] of kept.entries()) {
        each.restore({ m: state.slots.get(`m/${i}`)!, v: state.slots.get(`v/${i}`)! });
      }
    },
    dispose() {
      for (const each of kept) each.dispose();
    },
  };
}
