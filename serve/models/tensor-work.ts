import type { Outcome, Slots, Work } from '../batching/index.js';
import { dataTypeOf, elementsOf, rowsOf, type Tensor, type TensorSpec } from '../tensors/index.js';
import type { BatchInput, TensorJob } from '../workers/index.js';

/** An input of a tensor request. */
export interface InputTensor extends TensorSpec {
  /** Strings, or who writes the bytes to where they belong. */
  readonly data: readonly string[] | { readonly write: (target: Uint8Array) => void };
}

interface TensorWork extends Work {
  readonly job: TensorJob;
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
  const writes: { readonly write: (target: Uint8Array) => void; readonly offset: number; readonly bytes: number }[] =
    [];
  let total = 0;
  let lane = JSON.stringify(outputs);
  for (const { name, datatype, shape, data } of inputs) {
    const rest = batched ? shape.slice(1) : shape;
    head.push({ name, datatype, shape: rest });
    lane += `|${rest}`;
    if ('write' in data) {
      const place = { offset: total, bytes: elementsOf(shape) * dataTypeOf(datatype).bytes };
      places.push(place);
      writes.push({ ...place, write: data.write });
      // So that every kind of array can look at its part.
      total += Math.ceil(place.bytes / 8) * 8;
    } else places.push(data);
  }
  const slot = slots.take(total);
  try {
    for (const { write, offset, bytes } of writes) write(slot.bytes.subarray(offset, offset + bytes));
  } catch (error) {
    slot.release();
    throw error;
  }
  const work: TensorWork = {
    ...{ client, lane, rows, alone: !batched, slot },
    job: { slot: slot.id, rows, inputs: places },
    batchOf: (works) => ({
      kind: 'tensors',
      batched,
      inputs: head,
      outputs,
      jobs: (works as readonly TensorWork[]).map(({ job }) => job),
    }),
  };
  return work;
}

/** A work's own rows of the outputs of its batch; all of them where it was alone. */
export const tensorsOf = ({ part, from, rows }: Outcome): Tensor[] =>
  part.jobs.length > 1 ? part.outputs.map((tensor) => rowsOf(tensor, from, rows)) : [...part.outputs];
