import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type NativeOps, nativeOps } from '../kernels/native-ops.js';
import type { Optimizer } from './optimizer.js';

/** Kingma & Ba, arXiv:1412.6980, with the paper's decay rates and TensorFlow.js' epsilon for float32. */
const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** Adam: TensorFlow's one kernel a variable on the native backend, else composed by TensorFlow.js. */
export function adam(tf: TensorFlow, variables: readonly Variable[]): Optimizer {
  const ops = nativeOps(tf);
  return ops ? nativeAdam(tf, ops, variables) : composedAdam(tf, variables);
}

function composedAdam(tf: TensorFlow, variables: readonly Variable[]): Optimizer {
  const optimizer = tf.train.adam(0, settings.beta1, settings.beta2, settings.epsilon);
  return {
    apply(gradients, learningRate) {
      // TensorFlow.js reads the property at each update but does not declare it.
      (optimizer as unknown as { learningRate: number }).learningRate = learningRate;
      optimizer.applyGradients(variables.map((variable, i) => ({ name: variable.name, tensor: gradients[i]! })));
    },
    dispose: () => optimizer.dispose(),
  };
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
  ops.run('AssignVariableOp', [ops.float32('dtype')], [handle!, initial], 0);
  return handle!;
}

function nativeAdam(tf: TensorFlow, ops: NativeOps, variables: readonly Variable[]): Optimizer {
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
      const { beta1, beta2, epsilon } = settings;
      tf.tidy(() => {
        const numbers = [beta1 ** step, beta2 ** step, learningRate, beta1, beta2, epsilon].map((value) =>
          tf.scalar(value),
        );
        for (const [i, { handle, m, v }] of slots.entries()) {
          ops.run('ResourceApplyAdam', attributes, [handle, m, v, ...numbers, gradients[i]!], 0);
          variables[i]!.assign(ops.run('ReadVariableOp', [ops.float32('dtype')], [handle], 1)[0]!);
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
