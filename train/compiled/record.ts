import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { type Binding, idOf, type NativeBackend, type Source } from '../kernels/native-backend.js';
import { nativeOps } from '../kernels/native-ops.js';
import { createRecorder, NotRecordable, type Recorder } from './recorder.js';

/** What was executed, as a function. */
export interface Recording extends Pick<Recorder, 'operations' | 'inputs' | 'updates'> {
  /** Of the tensors that were returned, then what each of `variables` was set to. */
  readonly outputs: readonly Source[];
  /** The variables that were set to another tensor. Those that TensorFlow changes in place are not among them. */
  readonly variables: readonly Variable[];
}

/**
 * Runs something and writes down every operation of TensorFlow's that it executes, also those that TensorFlow.js' own kernels
 * call. What comes from outside is told apart: variables, numbers that `NativeOps.given` made, and other tensors, which are taken
 * to stay as they are. Tensors that are made of numbers without it become constants: whoever records twice, with other numbers,
 * finds those that are none.
 *
 * @param run returns tensors of its own; they are disposed of
 * @throws NotRecordable
 */
export function record(tf: TensorFlow, backend: NativeBackend, run: () => Tensor[]): Recording {
  const ops = nativeOps(tf)!;
  const plain = backend.binding;
  const all = variablesOf(tf);
  const shown = new Map(all.map((variable) => [idOf(backend, variable), variable]));
  const handles = new Map<number, number>();
  for (const [id, variable] of shown) {
    const handle = ops.handles.get(variable);
    if (handle) handles.set(id, idOf(backend, handle));
  }
  const recorder = createRecorder(plain, {
    handles,
    variable(id) {
      const variable = shown.get(id);
      if (variable && all.some((other) => other !== variable && idOf(backend, other) === id)) {
        throw new NotRecordable(`the variable ${variable.name} shares its memory with another one`);
      }
      return variable;
    },
  });
  const recording: Partial<Binding> = {
    executeOp(name, attributes, ids, count) {
      const outputs = plain.executeOp(name, attributes, ids, count);
      recorder.executed(name, attributes, ids, outputs);
      return outputs;
    },
    createTensor(shape, dtype, values) {
      const id = plain.createTensor(shape, dtype, values);
      recorder.created(id, shape, dtype, values);
      return id;
    },
    tensorDataSync() {
      throw new NotRecordable('numbers are read before the step ends');
    },
  };
  backend.binding = Object.create(plain, Object.getOwnPropertyDescriptors(recording));
  ops.onGiven = recorder.given;
  try {
    const returned = run();
    const outputs = returned.map((tensor) => recorder.sourceOf(idOf(backend, tensor)));
    tf.dispose(returned);
    const changed = [...shown].filter(([id, variable]) => !ops.handles.has(variable) && idOf(backend, variable) !== id);
    for (const [, variable] of changed) {
      const source = recorder.known(idOf(backend, variable));
      if (!source) throw new NotRecordable(`the variable ${variable.name} was set to a tensor that was there before`);
      outputs.push(source);
    }
    const { operations, inputs, updates } = recorder;
    return { operations, inputs, updates, outputs, variables: changed.map(([, variable]) => variable) };
  } finally {
    backend.binding = plain;
    ops.onGiven = undefined;
  }
}

/** All variables that there are. */
function variablesOf(tf: TensorFlow): Variable[] {
  const { registeredVariables } = tf.engine() as unknown as { registeredVariables: Readonly<Record<string, Variable>> };
  return Object.values(registeredVariables);
}
