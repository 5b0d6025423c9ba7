import type { Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import type { AdamSettings } from './adam.js';
import { decays, type Optimizer } from './optimizer.js';

/** Adam of TensorFlow.js' own operations, in the form of TensorFlow's kernel: for the backends that have none. */
export function composedAdam(tf: TensorFlow, variables: readonly Variable[], settings: AdamSettings): Optimizer {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const zeros = () => variables.map((variable) => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false)));
  const slots = { m: zeros(), v: zeros() };
  let steps = 0;
  let learningRate = 0;
  return {
    begin(given) {
      steps++;
      learningRate = given;
    },
    apply(gradients) {
      const rate = (learningRate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
      for (const [i, variable] of variables.entries()) {
        tf.tidy(() => {
          const gradient = gradients[i]!;
          const [m, v] = [slots.m[i]!, slots.v[i]!];
          m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
          v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
          const start = decays(variable, weightDecay) ? tf.mul(variable, 1 - learningRate * weightDecay) : variable;
          variable.assign(tf.sub(start, tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon))));
        });
      }
    },
    state: () => ({
      steps,
      slots: new Map(
        Object.entries(slots).flatMap(([name, values]) =>
          values.map((value, i) => [`${name}/${i}`, value.dataSync<'float32'>().slice()] as const),
        ),
      ),
    }),
    restore(state) {
      steps = state.steps;
      tf.tidy(() => {
        for (const [name, values] of Object.entries(slots)) {
          for (const [i, value] of values.entries())
            value.assign(tf.tensor(state.slots.get(`${name}/${i}`)!, value.shape));
        }
      });
    },
    dispose: () => tf.dispose(Object.values(slots).flat()),
  };
}
