import type { Outcome, Slots, Work } from '../batching/index.js';
import { dataTypeOf, elementsOf, rowsOf, type Tensor, type TensorSpec } from '../tensors/index.js';
import type { Batch, BatchInput, TensorJob } from '../workers/index.js';

/** An input of a tensor request. */
export interface InputTensor extends TensorSpec {
  /** Strings, or who writes the bytes to where they belong. */
  readonly data: readonly string[] | { readonly write: (target: Uint8Array) => void };
}

interface TensorWork extends Work {
  readonly batched: boolean;
  readonly inputs: readonly BatchInput[];
  readonly outputs: readonly string[];
  readonly job: TensorJob;
}

/** All of a lane have the same inputs and outputs. */
function batchOf(works: readonly Work[]): Batch {
  const all = works as readonly TensorWork[];
  const { batched, inputs, outputs } = all[0]!;
  return { kind: 'tensors', batched, inputs, outputs, jobs: all.map(({ job }) => job) };
}

/**
 * Inputs written into shared memory, for a worker to gather. Only requests with the same shapes (but for their rows) and the
 * same outputs share a lane.
 * @param batched whether the first dimension of everything is a batch of any size
 * @throws what writing the inputs throws
 */
export function tensorWork(
  inputs: readonly InputTensor[],
  outputs: readonly string[],
  { client, slots, batched }: { readonly client: string; readonly slots: Slots; readonly batched: boolean },
): Work {
  const rows = batched ? inputs[0]!.shape[0]! : 1;
  const head: BatchInput[] = [];
  const places: TensorJob['inputs'][number][] = [];
  let total = 0;
  let lane = JSON.stringify(outputs);
  for (const { name, datatype, shape, data } of inputs) {
    const rest = batched ? shape.slice(1) : shape;
    head.push({ name, datatype, shape: rest });
    lane += `|${rest}`;
    if ('write' in data) {
      const bytes = elementsOf(shape) * dataTypeOf(datatype).bytes;
      places.push({ offset: total, bytes });
      // So that every kind of array can look at its part.
      total += Math.ceil(bytes / 8) * 8;
    } else places.push(data);
  }
  const slot = slots.take(total);
  try {
    for (const [i, { data }] of inputs.entries()) {
      if (!('write' in data)) continue;
      const { offset, bytes } = places[i] as { readonly offset: number; readonly bytes: number };
      data.write(slot.bytes.subarray(offset, offset + bytes));
    }
  } catch (error) {
    slot.release();
    throw error;
  }
  const work: TensorWork = {
    client,
    lane,
    rows,
    alone: !batched,
    slot,
    batchOf,
    batched,
    inputs: head,
    outputs,
    job: { slot: slot.id, rows, inputs: places },
  };
  return work;
}

/** A work's own rows of the outputs of its batch; all of them where it was alone. */
export const tensorsOf = ({ part, from, rows }: Outcome): Tensor[] =>
  part.jobs.length > 1 ? part.outputs.map((tensor) => rowsOf(tensor, from, rows)) : [...part.outputs];
