import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../machine/index.js';
import { given } from './kernels/given.js';

/** A moving average of all weights of a model, batch norm's statistics among them (Polyak & Juditsky, 1992). */
export interface WeightAverage {
  /** Begins a step: what changes with it and is no tensor. @param step counted from 1 */
  begin(step: number): void;
  /** Takes in the weights of now, in the step that has begun. */
  update(): void;
  /** Runs something while the model has the averaged weights. No step may be taken meanwhile. */
  during<T>(run: () => Promise<T>): Promise<T>;
  /** float32, in the order of `model.weights` */
  state(): readonly Float32Array[];
  restore(state: readonly Float32Array[]): void;
  dispose(): void;
}

/**
 * @param decay below 1: what each step keeps of the average. Early steps keep less, (1 + step) / (10 + step), as in
 *   TensorFlow's ExponentialMovingAverage: else the first weights, which are random, would stay in it for long
 */
export function weightAverage(tf: TensorFlow, model: LayersModel, decay: number): WeightAverage {
  const weights = model.weights.map((weight) => weight.read() as Variable);
  const averages = tf.tidy(() => weights.map((weight) => tf.variable(weight.clone(), false)));
  const assign = (values: readonly Tensor[]) => {
    // `assign` takes a tensor's content over: a clone's, so that the tensor stays what it is.
    for (const [i, weight] of weights.entries()) tf.tidy(() => weight.assign(values[i]!.clone()));
  };
  let kept = decay;
  return {
    begin(step) {
      kept = Math.min(decay, (1 + step) / (10 + step));
    },
    update() {
      tf.tidy(() => {
        const share = given(tf, () => Float32Array.of(1 - kept), []);
        for (const [i, average] of averages.entries()) {
          average.assign(tf.add(average, tf.mul(tf.sub(weights[i]!, average), share)));
        }
      });
    },
    async during(run) {
      const own = weights.map((weight) => tf.keep(weight.clone()));
      assign(averages);
      try {
        return await run();
      } finally {
        assign(own);
        tf.dispose(own);
      }
    },
    state: () => averages.map((average) => average.dataSync<'float32'>().slice()),
    restore(state) {
      tf.tidy(() => {
        for (const [i, average] of averages.entries()) average.assign(tf.tensor(state[i]!, average.shape));
      });
    },
    dispose: () => tf.dispose(averages),
  };
}
