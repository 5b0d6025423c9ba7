import type { Tensor, Variable } from '@tensorflow/tfjs';

/** What an optimiser remembers, so that a training can go on as if it had never stopped. */
export interface OptimizerState {
  /** Updates so far. */
  readonly steps: number;
  /** By name (`m/0`: the first variable's mean gradient); float32, as TensorFlow keeps them. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

/** Updates variables by their gradients. */
export interface Optimizer {
  /** Begins a step: what changes with it and is no tensor. */
  begin(learningRate: number): void;
  /** The update of the step that has begun. @param gradients in the order of the variables that it was made for */
  apply(gradients: readonly Tensor[]): void;
  state(): OptimizerState;
  /** Takes a state that `state` gave, and the variables' values of now: whoever sets those from outside calls it after. */
  restore(state: OptimizerState): void;
  dispose(): void;
}

export interface OptimizerOptions {
  /**
   * Share of the learning rate by which weights shrink at each step, besides their gradient (Loshchilov & Hutter, Decoupled
   * Weight Decay Regularization, arXiv:1711.05101). Only kernels shrink: biases and normalisations have no more than one axis.
   * Default: 0.
   */
  readonly weightDecay?: number;
}

/** Whether a variable is one that weight decay shrinks. */
export const decays = (variable: Variable, weightDecay: number) => weightDecay > 0 && variable.rank > 1;
