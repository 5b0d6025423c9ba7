import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../machine/index.js';
import {
  type Binding,
  type FunctionOperation,
  type Given,
  idOf,
  type NativeBackend,
  type OpAttribute,
  type Output,
  type Source,
} from '../kernels/native-backend.js';
import { nativeOps } from '../kernels/native-ops.js';

/** What a function's input is when it is called: a tensor that stays, what a variable shows then, or numbers. */
export type Input = { readonly fixed: number } | { readonly variable: Variable } | { readonly given: Given };

/** What was executed, as a function. */
export interface Recording {
  readonly operations: readonly FunctionOperation[];
  /** In the order of the function's inputs; each is a Placeholder among the operations. */
  readonly inputs: readonly { readonly operation: number; readonly input: Input }[];
  /** Of the tensors that were returned, then what each of `variables` was set to. */
  readonly outputs: readonly Source[];
  /** The variables that were set to another tensor. Those that TensorFlow changes in place are not among them. */
  readonly variables: readonly Variable[];
  /** Operations without outputs: they change variables. */
  readonly updates: readonly number[];
}

/** What cannot be recorded, in words that end a sentence. */
export class NotRecordable extends Error {}

/** Of TensorFlow's operations that take lists, which inputs are in one: `[from, to)`; negative ones count from the end. */
const lists: Readonly<Record<string, readonly [from: number, to: number | undefined]>> = {
  AddN: [0, undefined],
  Pack: [0, undefined],
  ConcatV2: [0, -1],
  Einsum: [0, undefined],
};

function listed(type: string, sources: readonly Source[]): FunctionOperation['inputs'] {
  const list = lists[type];
  if (!list) return sources;
  const [from, to] = list;
  return [...sources.slice(0, from), sources.slice(from, to), ...(to === undefined ? [] : sources.slice(to))];
}

interface Constant {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** tensorflow/c/tf_attrtype.h */
const tensorAttribute = 6;

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
  const operations: FunctionOperation[] = [];
  const inputs: { operation: number; input: Input }[] = [];
  const updates: number[] = [];
  /** Of tensors, by the addon's name for them. */
  const sources = new Map<number, Source>();
  const variables = variablesOf(tf);
  const shown = new Map(variables.map((variable) => [idOf(backend, variable), variable]));
  /** Tensors that show a variable of TensorFlow's, with its handle. */
  const reads = new Map<number, number>();
  for (const [id, variable] of shown) {
    const handle = ops.handles.get(variable);
    if (handle) reads.set(id, idOf(backend, handle));
  }
  /** By handle: what has read its variable since its last update, and that update. */
  const readers = new Map<number, Set<number>>();
  const lastUpdate = new Map<number, number>();
  /** The operations that read variables, by the tensor that shows what they read. */
  const readOperations = new Map<number, number>();

  /** Tensors that were made of numbers; those that nobody takes are none of the function's. */
  const constants = new Map<number, Constant>();

  const add = (operation: FunctionOperation) => operations.push(operation) - 1;
  function addInput(id: number, input: Input): Source {
    const placeholder = { type: 'Placeholder', inputs: [], controls: [] };
    const dtype = { name: 'dtype', type: plain.TF_ATTR_TYPE, value: dtypeOf(input) };
    const operation = add(
      'fixed' in input ? { ...placeholder, attributes: [], tensor: id } : { ...placeholder, attributes: [dtype] },
    );
    inputs.push({ operation, input });
    const source: Source = [operation, 0];
    sources.set(id, source);
    return source;
  }
  const codes = { float32: plain.TF_FLOAT, int32: plain.TF_INT32, bool: plain.TF_BOOL };
  const dtypeOf = (input: Input): number | undefined => {
    if ('fixed' in input) return undefined;
    if ('variable' in input) return codes[input.variable.dtype as keyof typeof codes];
    return codes[input.given.dtype];
  };
  function addConstant(id: number, value: Constant): Source {
    const attributes = [
      { name: 'dtype', type: plain.TF_ATTR_TYPE, value: value.dtype },
      { name: 'value', type: tensorAttribute, value },
    ];
    const source: Source = [add({ type: 'Const', inputs: [], controls: [], attributes }), 0];
    sources.set(id, source);
    return source;
  }
  function addRead(id: number, handle: number): Source {
    const update = lastUpdate.get(handle);
    const operation = add({
      ...{ type: 'ReadVariableOp', inputs: [sourceOf(handle)], controls: update === undefined ? [] : [update] },
      attributes: [{ name: 'dtype', type: plain.TF_ATTR_TYPE, value: plain.TF_FLOAT }],
    });
    readOperations.set(operation, handle);
    readersOf(handle).add(operation);
    const source: Source = [operation, 0];
    sources.set(id, source);
    return source;
  }
  const readersOf = (handle: number) => {
    const known = readers.get(handle) ?? new Set();
    readers.set(handle, known);
    return known;
  };
  function sourceOf(id: number): Source {
    const known = sources.get(id);
    if (known) return known;
    const handle = reads.get(id);
    if (handle !== undefined) return addRead(id, handle);
    const constant = constants.get(id);
    if (constant) return addConstant(id, constant);
    const variable = shown.get(id);
    if (variable && variables.some((other) => other !== variable && idOf(backend, other) === id)) {
      throw new NotRecordable(`the variable ${variable.name} shares its memory with another one`);
    }
    return addInput(id, variable ? { variable } : { fixed: id });
  }

  function executed(type: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: Output[]) {
    if (type === 'ReadVariableOp') {
      // Read when somebody needs it.
      reads.set(outputs[0]!.id, ids[0]!);
      return;
    }
    const from = ids.map(sourceOf);
    const changed = outputs.length === 0 ? ids.filter((id) => handles.has(id)) : [];
    // After all that have read what it changes: nobody looks at the memory then, and it is changed in place.
    const controls = new Set(changed.flatMap((id) => [...readersOf(id), lastUpdate.get(id) ?? []].flat()));
    const operation = add({ type, inputs: listed(type, from), controls: [...controls], attributes });
    for (const [source] of from) {
      const handle = readOperations.get(source);
      if (handle !== undefined) readersOf(handle).add(operation);
    }
    for (const id of changed) {
      lastUpdate.set(id, operation);
      readers.delete(id);
    }
    if (outputs.length === 0) updates.push(operation);
    for (const [i, { id }] of outputs.entries()) sources.set(id, [operation, i]);
  }
  const handles = new Set(
    [...shown.values()].flatMap((variable) => ops.handles.get(variable) ?? []).map((handle) => idOf(backend, handle)),
  );

  function created(id: number, shape: readonly number[], dtype: number, values: ArrayLike<number>) {
    const Values = { [plain.TF_FLOAT]: Float32Array, [plain.TF_INT32]: Int32Array, [plain.TF_BOOL]: Uint8Array }[dtype];
    if (Values) constants.set(id, { dtype, shape: [...shape], values: Values.from(values) });
  }

  const recording: Partial<Binding> = {
    executeOp(name, attributes, ids, count) {
      const outputs = plain.executeOp(name, attributes, ids, count);
      executed(name, attributes, ids, outputs);
      return outputs;
    },
    createTensor(shape, dtype, values) {
      const id = plain.createTensor(shape, dtype, values);
      created(id, shape, dtype, values);
      return id;
    },
    tensorDataSync() {
      throw new NotRecordable('numbers are read before the step ends');
    },
  };
  backend.binding = Object.create(plain, Object.getOwnPropertyDescriptors(recording));
  ops.onGiven = (id, given) => addInput(id, { given });
  try {
    const returned = run();
    const outputs = returned.map((tensor) => sourceOf(idOf(backend, tensor)));
    tf.dispose(returned);
    const changed = [...shown].filter(([id, variable]) => !ops.handles.has(variable) && idOf(backend, variable) !== id);
    for (const [, variable] of changed) {
      const source = sources.get(idOf(backend, variable));
      if (!source) throw new NotRecordable(`the variable ${variable.name} was set to a tensor that was there before`);
      outputs.push(source);
    }
    return { operations, inputs, outputs, variables: changed.map(([, variable]) => variable), updates };
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
