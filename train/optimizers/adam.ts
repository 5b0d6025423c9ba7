import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type NativeOps, nativeOps } from '../kernels/native-ops.js';
import { composedAdam } from './composed-adam.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';

/** Kingma & Ba, arXiv:1412.6980, with the paper's decay rates and TensorFlow.js' epsilon for float32. */
const fixed = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
export type AdamSettings = typeof fixed & Required<OptimizerOptions>;

/** Whether a variable is one that weight decay shrinks. */
export const decays = (variable: Variable, weightDecay: number) => weightDecay > 0 && variable.rank > 1;

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

let serial = 0;

/** A tensor that TensorFlow keeps and changes in place. */
function resource(ops: NativeOps, initial: Tensor): Tensor {
  const attributes = [
    ops.text('container', ''),
    ops.text('shared_name', `onward/${process.pid}/${serial++}`),
    ops.float32('dtype'),
    ops.shape('shape', initial.shape),
  ];
  const [handle] = ops.run('VarHandleOp', attributes, [], 1);
  assign(ops, handle!, initial);
  return handle!;
}

const assign = (ops: NativeOps, handle: Tensor, value: Tensor) =>
  ops.run('AssignVariableOp', [ops.float32('dtype')], [handle, value], 0);

const read = (ops: NativeOps, handle: Tensor) => ops.run('ReadVariableOp', [ops.float32('dtype')], [handle], 1)[0]!;

function nativeAdam(
  tf: TensorFlow,
  ops: NativeOps,
  variables: readonly Variable[],
  { beta1, beta2, epsilon, weightDecay }: AdamSettings,
): Optimizer {
  const slots = tf.tidy(() =>
    variables.map((variable) => {
      const zeros = tf.zeros(variable.shape);
      return {
        handle: tf.keep(resource(ops, variable)),
        m: tf.keep(resource(ops, zeros)),
        v: tf.keep(resource(ops, zeros)),
      };
    }),
  );
  const attributes = [ops.float32(), ops.bool('use_locking', false), ops.bool('use_nesterov', false)];
  let step = 0;
  return {
    apply(gradients, learningRate) {
      step++;
      tf.tidy(() => {
        const numbers = [beta1 ** step, beta2 ** step, learningRate, beta1, beta2, epsilon].map((value) =>
          tf.scalar(value),
        );
        for (const [i, { handle, m, v }] of slots.entries()) {
          const variable = variables[i]!;
          const decay = decays(variable, weightDecay) ? tf.mul(variable, learningRate * weightDecay) : undefined;
          ops.renew(variable, () => {
            if (decay) ops.run('AssignSubVariableOp', [ops.float32('dtype')], [handle, decay], 0);
            ops.run('ResourceApplyAdam', attributes, [handle, m, v, ...numbers, gradients[i]!], 0);
            return read(ops, handle);
          });
        }
      });
    },
    state() {
      const state = { steps: step, slots: new Map<string, Float32Array>() };
      tf.tidy(() => {
        for (const [i, { m, v }] of slots.entries()) {
          state.slots.set(`m/${i}`, read(ops, m).dataSync<'float32'>().slice());
          state.slots.set(`v/${i}`, read(ops, v).dataSync<'float32'>().slice());
        }
      });
      return state;
    },
    restore(state) {
      step = state.steps;
      tf.tidy(() => {
        for (const [i, { handle, m, v }] of slots.entries()) {
          const variable = variables[i]!;
          assign(ops, handle, variable);
          assign(ops, m, tf.tensor(state.slots.get(`m/${i}`)!, variable.shape));
          assign(ops, v, tf.tensor(state.slots.get(`v/${i}`)!, variable.shape));
        }
      });
    },
    dispose() {
      for (const handle of slots.flatMap((slot) => Object.values(slot))) {
        ops.run('DestroyResourceOp', [ops.bool('ignore_lookup_error', true)], [handle], 0);
        handle.dispose();
      }
    },
  };
}
