import type { Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type NativeOps, nativeOps } from '../kernels/native-ops.js';
import { decays, type Optimizer, type OptimizerOptions } from './optimizer.js';
import { decayOf, readSlots, resources } from './resource.js';

export interface SgdOptions extends OptimizerOptions {
  /** How much of the last step goes on. Default: 0.9. */
  readonly momentum?: number;
  /** Looks ahead by the momentum (Sutskever et al. 2013). Default: false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent with momentum in Keras' form: `m = momentum m - rate gradient; w = w + m`, with decoupled weight decay:
 * TensorFlow's one kernel a variable on the native backend, else composed.
 */
export function sgd(
  tf: TensorFlow,
  variables: readonly Variable[],
  { weightDecay = 0, momentum = 0.9, nesterov = false }: SgdOptions = {},
): Optimizer {
  const ops = nativeOps(tf);
  const settings = { weightDecay, momentum, nesterov };
  return ops ? nativeSgd(tf, ops, variables, settings) : composedSgd(tf, variables, settings);
}

function nativeSgd(
  tf: TensorFlow,
  ops: NativeOps,
  variables: readonly Variable[],
  { weightDecay, momentum, nesterov }: Required<SgdOptions>,
): Optimizer {
  const kept = variables.map((variable) => resources(tf, ops, variable, ['m']));
  const attributes = [ops.bool('use_nesterov', nesterov)];
  let steps = 0;
  let rate = 0;
  return {
    begin(learningRate) {
      steps++;
      rate = learningRate;
    },
    apply(gradients) {
      tf.tidy(() => {
        const [learningRate, share] = [ops.givenScalar(() => rate), ops.scalar(momentum)];
        for (const [i, each] of kept.entries()) {
          const { variable, m } = each.handles;
          const decay = decayOf(ops, each, decays(each.variable, weightDecay) ? () => rate * weightDecay : undefined);
          each.update(() => {
            decay();
            ops.run('ResourceApplyKerasMomentum', attributes, [variable, m, learningRate, gradients[i]!, share], 0);
          });
        }
      });
    },
    state: () => ({ steps, slots: readSlots(kept, ['m']) }),
    restore(state) {
      steps = state.steps;
      for (const [i, each] of kept.entries()) each.restore({ m: state.slots.get(`m/${i}`)! });
    },
    dispose() {
      for (const each of kept) each.dispose();
    },
  };
}

function composedSgd(
  tf: TensorFlow,
  variables: readonly Variable[],
  { weightDecay, momentum, nesterov }: Required<SgdOptions>,
): Optimizer {
  const moments = variables.map((variable) => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false)));
  let steps = 0;
  let rate = 0;
  return {
    begin(learningRate) {
      steps++;
      rate = learningRate;
    },
    apply(gradients) {
      for (const [i, variable] of variables.entries()) {
        tf.tidy(() => {
          const m = moments[i]!;
          const step = tf.mul(gradients[i]!, rate);
          m.assign(tf.sub(tf.mul(m, momentum), step));
          const start = decays(variable, weightDecay) ? tf.mul(variable, 1 - rate * weightDecay) : variable;
          variable.assign(tf.add(start, nesterov ? tf.sub(tf.mul(m, momentum), step) : m));
        });
      }
    },
    state: () => ({
      steps,
      slots: new Map(moments.map((m, i) => [`m/${i}`, m.dataSync<'float32'>().slice()] as const)),
    }),
    restore(state) {
      steps = state.steps;
      tf.tidy(() => {
        for (const [i, m] of moments.entries()) m.assign(tf.tensor(state.slots.get(`m/${i}`)!, m.shape));
      });
    },
    dispose: () => tf.dispose(moments),
  };
}
