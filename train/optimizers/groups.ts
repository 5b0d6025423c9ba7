import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { Optimizer, OptimizerState } from './optimizer.js';

/** Optimisers of several groups of variables, which begin to train one after another. */
export interface GroupedOptimizer {
  /**
   * Begins a step: what changes with it and is no tensor.
   * @param learningRate what each group's is a multiple of
   * @param count how many groups train
   */
  begin(learningRate: number, count: number): void;
  /** The update of the step that has begun. @param gradients of the variables of the groups that train */
  apply(gradients: readonly Tensor[]): void;
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
    return { ...only, begin: (learningRate) => only.begin(learningRate * rate) };
  }
  const taken = groups.map(() => 0);
  return {
    begin(learningRate, count) {
      for (const [i, { rate }] of groups.slice(0, count).entries()) {
        taken[i]!++;
        // The first group begins with the training, whose own schedule warms up.
        const risen = i === 0 ? 1 : Math.min(1, taken[i]! / warmup);
        optimizers[i]!.begin(learningRate * rate * risen);
      }
    },
    apply(gradients) {
      let from = 0;
      for (const [i, { variables }] of groups.entries()) {
        if (from >= gradients.length) break;
        optimizers[i]!.apply(gradients.slice(from, from + variables.length));
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
