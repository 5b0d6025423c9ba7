import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { Optimizer, OptimizerState } from './optimizer.js';

/** Optimisers of several groups of variables, which begin to train one after another. */
export interface GroupedOptimizer {
  /**
   * @param gradients of the variables of the first groups
   * @param learningRate what each group's is a multiple of
   */
  apply(gradients: readonly Tensor[], learningRate: number): void;
  state(): OptimizerState;
  restore(state: OptimizerState): void;
  dispose(): void;
}

export interface OptimizedGroup {
  readonly variables: readonly Variable[];
  /** What the learning rate is multiplied with. */
  readonly rate: number;
}

/** Steps in which a group's rate rises from nothing: its optimiser's first steps are as long as they can be. */
const warmup = 20;

const slotOf = (group: number, name: string) => `group${group}/${name}`;

/**
 * Each group has an optimiser of its own, whose steps are counted from where it began: Adam's means are corrected by them.
 * One group alone is its optimiser, whatever it remembers under the names that it gives it.
 */
export function grouped(
  groups: readonly OptimizedGroup[],
  make: (variables: readonly Variable[]) => Optimizer,
): GroupedOptimizer {
  const optimizers = groups.map(({ variables }) => make(variables));
  const dispose = () => {
    for (const optimizer of optimizers) optimizer.dispose();
  };
  if (groups.length === 1) {
    const [{ rate }, only] = [groups[0]!, optimizers[0]!];
    return { ...only, apply: (gradients, learningRate) => only.apply(gradients, learningRate * rate) };
  }
  const taken = groups.map(() => 0);
  return {
    apply(gradients, learningRate) {
      let from = 0;
      for (const [i, { variables, rate }] of groups.entries()) {
        if (from >= gradients.length) break;
        taken[i]!++;
        // The first group begins with the training, whose own schedule warms up.
        const risen = i === 0 ? 1 : Math.min(1, taken[i]! / warmup);
        optimizers[i]!.apply(gradients.slice(from, from + variables.length), learningRate * rate * risen);
        from += variables.length;
      }
    },
    state() {
      const states = optimizers.map((optimizer) => optimizer.state());
      const slots = states.flatMap((state, i) => [
        [slotOf(i, 'steps'), Float32Array.of(state.steps)] as const,
        ...[...state.slots].map(([name, values]) => [slotOf(i, name), values] as const),
      ]);
      return { steps: states[0]!.steps, slots: new Map(slots) };
    },
    restore({ slots }) {
      for (const [i, optimizer] of optimizers.entries()) {
        const prefix = slotOf(i, '');
        const own = [...slots].filter(([name]) => name.startsWith(prefix));
        const named = new Map(own.map(([name, values]) => [name.slice(prefix.length), values]));
        const steps = named.get('steps')![0]!;
        named.delete('steps');
        taken[i] = steps;
        optimizer.restore({ steps, slots: named });
      }
    },
    dispose,
  };
}
