import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import { nativeBackend } from '../kernels/native-backend.js';
import { nativeOps } from '../kernels/native-ops.js';
import { type Recording, record } from './record.js';
import { areAlike, type StepFunction, stepFunction } from './step-function.js';

export interface Steps {
  /** What changes with each step and is not TensorFlow's: counters, rates. Comes before each `compute`. */
  begin(): void;
  /** The step itself. @returns tensors that the caller reads and disposes of */
  compute(): Tensor[];
  /** All that a step changes, to be brought back after steps that were only taken to see what they do. */
  keep(): () => void;
}

/**
 * Training steps that TensorFlow runs as one operation, with its own optimisation of graphs and with independent parts side by
 * side, instead of a hundred called one after another from JavaScript: what `tf.function` is in Python.
 */
export interface CompiledSteps {
  /**
   * Takes a step. The first one of its kind is taken twice or thrice more before, for the record, and undone.
   * @param key of steps that are alike: the same shapes, the same variables
   * @throws NotRecordable for a step that cannot be one operation
   */
  run(key: string, steps: Steps): Tensor[];
  /** Lets variables show what TensorFlow made of them meanwhile: before anybody looks at them. */
  sync(): void;
  dispose(): void;
}

/**
 * @param variables that the optimiser keeps in TensorFlow
 * @returns undefined where it has not been tried (a GPU) or cannot be done (another backend, an addon without functions)
 */
export function compiledSteps(tf: TensorFlow, variables: readonly Variable[]): CompiledSteps | undefined {
  const [backend, ops] = [nativeBackend(tf), nativeOps(tf)];
  if (!backend?.binding.makeFunction || !ops || ops.gpu || process.env.ONWARD_COMPILE_STEPS === '0') return undefined;
  const functions = new Map<string, StepFunction>();
  let isStale = false;

  function sync() {
    if (!isStale) return;
    isStale = false;
    for (const variable of variables) {
      const handle = ops!.handles.get(variable);
      if (handle) ops!.renew(variable, handle, () => {});
    }
  }

  function compile({ begin, compute, keep }: Steps): StepFunction {
    sync();
    const bringBack = keep();
    // What was one tensor in two variables (an average that begins with its weights) is two from here on.
    bringBack();
    try {
      const recordings: Recording[] = [];
      const take = () => {
        begin();
        tf.tidy(() => {
          recordings.push(record(tf, backend!, compute));
        });
      };
      take();
      take();
      // The first step of all may do what no other does, such as trying which kernels there are.
      if (!areAlike(recordings[0]!, recordings[1]!)) take();
      return stepFunction(backend!, recordings.at(-2)!, recordings.at(-1)!);
    } finally {
      bringBack();
    }
  }

  return {
    run(key, steps) {
      let made = functions.get(key);
      if (!made) {
        made = compile(steps);
        functions.set(key, made);
      }
      steps.begin();
      isStale = true;
      return made.call();
    },
    sync,
    dispose() {
      for (const each of functions.values()) each.dispose();
      functions.clear();
    },
  };
}
