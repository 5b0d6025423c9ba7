import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import type { NativeOps } from '../kernels/native-ops.js';

/** Tensors that TensorFlow keeps and changes in place: a variable, and what an optimiser remembers of it. */
export interface Resources<Slot extends string> {
  readonly variable: Variable;
  /** The variable's handle, then those of the slots, in the order of their names. */
  readonly handles: Readonly<Record<'variable' | Slot, Tensor>>;
  /** Runs what updates the variable by its handle, in place. */
  update(run: () => void): void;
  read(slot: Slot): Float32Array;
  /** @param values of each slot; the variable's is the one that it has now */
  restore(values: Readonly<Record<Slot, Float32Array>>): void;
  dispose(): void;
}

let serial = 0;

const assign = (ops: NativeOps, handle: Tensor, value: Tensor) =>
  ops.run('AssignVariableOp', [ops.float32('dtype')], [handle, value], 0);

const read = (ops: NativeOps, handle: Tensor) => ops.one('ReadVariableOp', [ops.float32('dtype')], [handle]);

function resource(ops: NativeOps, initial: Tensor): Tensor {
  const attributes = [
    ops.text('container', ''),
    ops.text('shared_name', `onward/${process.pid}/${serial++}`),
    ops.float32('dtype'),
    ops.shape('shape', initial.shape),
  ];
  const handle = ops.one('VarHandleOp', attributes, []);
  assign(ops, handle, initial);
  return handle;
}

/** @param slots their names; each begins with zeros */
export function resources<Slot extends string>(
  tf: TensorFlow,
  ops: NativeOps,
  variable: Variable,
  slots: readonly Slot[],
): Resources<Slot> {
  const handles = tf.tidy(() => {
    const own = tf.keep(resource(ops, variable));
    const zeros = slots.map((slot) => [slot, tf.keep(resource(ops, tf.zeros(variable.shape)))] as const);
    return { variable: own, ...Object.fromEntries(zeros) };
  }) as Record<'variable' | Slot, Tensor>;
  ops.handles.set(variable, handles.variable);
  return {
    variable,
    handles,
    update: (run) => ops.renew(variable, handles.variable, run),
    read: (slot) => tf.tidy(() => read(ops, handles[slot]).dataSync<'float32'>().slice()),
    restore(values) {
      tf.tidy(() => {
        assign(ops, handles.variable, variable);
        for (const slot of slots) assign(ops, handles[slot], tf.tensor(values[slot], variable.shape));
      });
    },
    dispose() {
      ops.handles.delete(variable);
      for (const handle of Object.values<Tensor>(handles)) {
        ops.run('DestroyResourceOp', [ops.bool('ignore_lookup_error', true)], [handle], 0);
        handle.dispose();
      }
    },
  };
}

/** The shrinking of decoupled weight decay: to be computed before the update begins, and given to its handle in it. */
export function decayOf(
  ops: NativeOps,
  { variable, handles }: { readonly variable: Variable; readonly handles: { readonly variable: Tensor } },
  share: (() => number) | undefined,
): () => void {
  if (!share) return () => {};
  const decay = ops.one('Mul', [], [variable, ops.givenScalar(share)]);
  return () => {
    ops.run('AssignSubVariableOp', [ops.float32('dtype')], [handles.variable, decay], 0);
  };
}

/** What an optimiser's state holds of its resources: each slot of each variable, as `m/0`. */
export const readSlots = <Slot extends string>(
  kept: readonly Resources<Slot>[],
  slots: readonly Slot[],
): ReadonlyMap<string, Float32Array> =>
  new Map(kept.flatMap((each, i) => slots.map((slot) => [`${slot}/${i}`, each.read(slot)] as const)));
