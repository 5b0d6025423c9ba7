import { isDeepStrictEqual } from 'node:util';
import type { Tensor } from '@tensorflow/tfjs';
import { messageOf } from '../../runtime/common/index.js';
import { idOf, type NativeBackend, type Output, show } from '../kernels/native-backend.js';
import type { Recording } from './record.js';
import { type Input, NotRecordable } from './recorder.js';

/** A recording as one operation. */
export interface StepFunction {
  /** @returns what the recorded run returned; whoever calls disposes of it */
  call(): Tensor[];
  dispose(): void;
}

let serial = 0;

/**
 * Makes a function of TensorFlow's of what was recorded twice, each time with other numbers.
 * @throws NotRecordable where the two differ, or where the addon makes no functions
 */
export function stepFunction(backend: NativeBackend, recording: Recording, again: Recording): StepFunction {
  if (!areAlike(recording, again)) {
    throw new NotRecordable(
      'a step does not do what the step before it did, as with layers that draw random numbers by themselves',
    );
  }
  const { makeFunction, removeFunction } = backend.binding;
  if (!makeFunction || !removeFunction)
    throw new NotRecordable('the addon of TensorFlow is one that makes no functions');
  const { operations, inputs, outputs, variables, updates } = again;
  const name = `onward_step_${serial++}`;
  try {
    makeFunction(
      name,
      operations,
      inputs.map(({ operation }) => operation),
      outputs,
      updates,
    );
  } catch (error) {
    throw new NotRecordable(`TensorFlow makes no function of it (${messageOf(error)})`);
  }
  const returned = outputs.length - variables.length;
  return {
    call() {
      const { binding } = backend;
      const made: number[] = [];
      const idFor = (input: Input): number => {
        if ('fixed' in input) return input.fixed;
        if ('variable' in input) return idOf(backend, input.variable);
        const { read, shape, dtype } = input.given;
        const id = binding.createTensor(shape, dtype === 'float32' ? binding.TF_FLOAT : binding.TF_INT32, read());
        made.push(id);
        return id;
      };
      let results: Output[];
      try {
        results = binding.executeOp(
          name,
          [],
          inputs.map(({ input }) => idFor(input)),
          outputs.length,
        );
      } finally {
        for (const id of made) binding.deleteTensor(id);
      }
      for (const [i, variable] of variables.entries()) show(backend, variable, () => results[returned + i]!);
      return results.slice(0, returned).map((output) => backend.createOutputTensor(output));
    },
    dispose: () => removeFunction(name),
  };
}

/** Whether two recordings are of the same operations, with the same constants. */
export const areAlike = (one: Recording, other: Recording): boolean =>
  isDeepStrictEqual(comparable(one), comparable(other));

/** What two recordings of the same step have in common: all but the tensors that they happened to have. */
function comparable({ operations, inputs, outputs, variables, updates }: Recording) {
  return {
    operations: operations.map(({ tensor, ...operation }) => operation),
    inputs: inputs.map(({ operation, input }) => {
      if ('fixed' in input) return { operation, fixed: input.fixed };
      return 'variable' in input ? { operation, variable: input.variable.id } : { operation, shape: input.given.shape };
    }),
    outputs,
    updates,
    variables: variables.map(({ id }) => id),
  };
}
