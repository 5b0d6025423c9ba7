import type { Variable } from '@tensorflow/tfjs';
import type { Binding, FunctionOperation, Given, OpAttribute, Output, Source } from '../kernels/native-backend.js';

/** What a function's input is when it is called: a tensor that stays, what a variable shows then, or numbers. */
export type Input = { readonly fixed: number } | { readonly variable: Variable } | { readonly given: Given };

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

/** What shows a variable of TensorFlow's, as it was after an update of it (undefined: before the first one). */
interface Read {
  readonly handle: number;
  readonly after: number | undefined;
}

/** tensorflow/c/tf_attrtype.h */
const tensorAttribute = 6;

/** What is there when the recording begins. Numbers are the addon's names for tensors. */
export interface Before {
  /** @returns the variable that shows this tensor. @throws NotRecordable where several do */
  variable(id: number): Variable | undefined;
  /** Of each tensor that shows a variable which TensorFlow keeps, that variable's handle. */
  readonly handles: ReadonlyMap<number, number>;
}

/** Writes operations down as those of a function. */
export interface Recorder {
  readonly operations: readonly FunctionOperation[];
  /** In the order of the function's inputs; each is a Placeholder among the operations. */
  readonly inputs: readonly { readonly operation: number; readonly input: Input }[];
  /** Operations without outputs: they change variables. */
  readonly updates: readonly number[];
  /** Where a tensor comes from; an input of the function when it comes from outside. @throws NotRecordable */
  sourceOf(id: number): Source;
  /** Likewise, without making an input of it. */
  known(id: number): Source | undefined;
  /** An operation was executed. @throws NotRecordable */
  executed(type: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: readonly Output[]): void;
  /** A tensor was made of numbers: a constant, unless it is said to be given. */
  created(id: number, shape: readonly number[], dtype: number, values: ArrayLike<number>): void;
  given(id: number, given: Given): void;
}

export function createRecorder(binding: Binding, before: Before): Recorder {
  const operations: FunctionOperation[] = [];
  const inputs: { operation: number; input: Input }[] = [];
  const updates: number[] = [];
  const sources = new Map<number, Source>();
  /** Those that nobody takes are none of the function's. */
  const constants = new Map<number, Constant>();
  const variables = new Set(before.handles.values());
  const reads = new Map<number, Read>([...before.handles].map(([id, handle]) => [id, { handle, after: undefined }]));
  /** The operations that read variables, with what they read. */
  const readBy = new Map<number, number>();
  /** By handle: what has read the variable since its last update, or taken what was read; and that update. */
  const readers = new Map<number, Set<number>>([...variables].map((handle) => [handle, new Set()]));
  const lastUpdate = new Map<number, number>();

  const codes = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL };
  const ofType = (value: number) => ({ name: 'dtype', type: binding.TF_ATTR_TYPE, value });
  const add = (operation: FunctionOperation) => operations.push(operation) - 1;
  /** Adds what makes a tensor. */
  const addSource = (id: number, operation: FunctionOperation): Source => {
    const source: Source = [add(operation), 0];
    sources.set(id, source);
    return source;
  };

  function addInput(id: number, input: Input): Source {
    const placeholder = { type: 'Placeholder', inputs: [], controls: [] };
    const source = addSource(
      id,
      'fixed' in input
        ? { ...placeholder, attributes: [], tensor: id }
        : { ...placeholder, attributes: [ofType(codes[dtypeOf(input)])] },
    );
    inputs.push({ operation: source[0], input });
    return source;
  }
  const dtypeOf = (input: Exclude<Input, { fixed: number }>) =>
    'variable' in input ? (input.variable.dtype as keyof typeof codes) : input.given.dtype;

  function addConstant(id: number, value: Constant): Source {
    const attributes = [ofType(value.dtype), { name: 'value', type: tensorAttribute, value }];
    return addSource(id, { type: 'Const', inputs: [], controls: [], attributes });
  }

  function addRead(id: number, { handle, after }: Read): Source {
    // Read where somebody first needs it: by then it must be what it was.
    if (lastUpdate.get(handle) !== after) {
      throw new NotRecordable('what a variable was before its update is needed after it');
    }
    const controls = after === undefined ? [] : [after];
    const attributes = [ofType(binding.TF_FLOAT)];
    const source = addSource(id, { type: 'ReadVariableOp', inputs: [sourceOf(handle)], controls, attributes });
    readBy.set(source[0], handle);
    readers.get(handle)!.add(source[0]);
    return source;
  }

  function sourceOf(id: number): Source {
    const [known, read, constant] = [sources.get(id), reads.get(id), constants.get(id)];
    if (known) return known;
    if (read) return addRead(id, read);
    if (constant) return addConstant(id, constant);
    const variable = before.variable(id);
    return addInput(id, variable ? { variable } : { fixed: id });
  }

  return {
    operations,
    inputs,
    updates,
    sourceOf,
    known: (id) => sources.get(id),
    executed(type, attributes, ids, outputs) {
      if (type === 'ReadVariableOp' && variables.has(ids[0]!)) {
        const [handle] = ids as [number];
        reads.set(outputs[0]!.id, { handle, after: lastUpdate.get(handle) });
        return;
      }
      const from = ids.map(sourceOf);
      const changed = outputs.length === 0 ? ids.filter((id) => variables.has(id)) : [];
      // After all that have read what it changes: nobody looks at the memory then, and it is changed in place.
      const controls = new Set(changed.flatMap((id) => [...readers.get(id)!, ...[lastUpdate.get(id) ?? []].flat()]));
      const operation = add({ type, inputs: listed(type, from), controls: [...controls], attributes });
      for (const [source] of from) readers.get(readBy.get(source) ?? -1)?.add(operation);
      for (const id of changed) {
        lastUpdate.set(id, operation);
        readers.set(id, new Set());
      }
      if (outputs.length === 0) updates.push(operation);
      for (const [i, { id }] of outputs.entries()) sources.set(id, [operation, i]);
    },
    created(id, shape, dtype, values) {
      const Values = { [codes.float32]: Float32Array, [codes.int32]: Int32Array, [codes.bool]: Uint8Array }[dtype];
      if (Values) constants.set(id, { dtype, shape: [...shape], values: Values.from(values) });
    },
    given: (id, given) => void addInput(id, { given }),
  };
}
