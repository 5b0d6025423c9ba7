import type { Tensor } from '@tensorflow/tfjs';

/** Updates variables by their gradients. */
export interface Optimizer {
  /** @param gradients in the order of the variables that it was made for */
  apply(gradients: readonly Tensor[], learningRate: number): void;
  dispose(): void;
}
