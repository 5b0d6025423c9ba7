import { describe, expect, test } from 'vitest';
import type { Batch } from '#onward/serve/workers/messages.js';
import { createPerformer } from '#onward/serve/workers/perform.js';
import type { Runner } from '#onward/serve/workers/runner.js';
import { modelOf } from '../runtime/engines/models.js';
import { pngOf } from './helpers.js';

type Tensors = Batch & { kind: 'tensors' };

const soon = () => Date.now() + 60_000;
const past = () => Date.now() - 1;

/** Gives back twice what it gets; `sizes` has the rows of each run. */
function doubling({ slow = 0, scalar = false, text = false } = {}): { runner: Runner; sizes: number[] } {
  const sizes: number[] = [];
  const spec = { name: 'x', datatype: text ? 'BYTES' : 'FP32', shape: [-1, 2] } as const;
  const run: Runner['run'] = async ([x]) => {
    sizes.push(x!.shape[0]!);
    if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
    if (!(x!.data instanceof Uint8Array)) return [{ ...x!, name: 'y', data: x!.data.map((value) => value + value) }];
    const values = new Float32Array(x!.data.slice().buffer).map((value) => value * 2);
    if (scalar) values[0] = values.reduce((a, b) => a + b);
    const shape = scalar ? [1] : x!.shape;
    const data = new Uint8Array(values.buffer, 0, scalar ? 4 : values.byteLength);
    return [{ name: 'y', datatype: 'FP32', shape, data }];
  };
  const predict: Runner['predict'] = async (_, count) => {
    sizes.push(count);
    return new Float32Array(count * 4);
  };
  return {
    runner: {
      ...{ version: '', device: '', batched: true, inputs: [spec], outputs: [spec], run, predict },
      close: async () => {},
    },
    sizes,
  };
}

const performing = (runner: Runner, maxBatch: number, maxPixels: number | undefined = undefined) =>
  createPerformer({ runner, classifier: modelOf(), maxBatch, maxPixels, maxImages: 64 });

function floats(...rows: number[]): { batch: Tensors; memory: (slot: number) => Uint8Array } {
  const slots = rows.map((count, job) => Float32Array.from({ length: count * 2 }, (_, i) => 1000 * job + i));
  const jobs = rows.map((count, slot) => ({ slot, rows: count, inputs: [{ offset: 0, bytes: count * 8 }] }));
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [2] }] as const;
  return {
    batch: { kind: 'tensors', batched: true, inputs, outputs: ['y'], jobs },
    memory: (slot) => new Uint8Array(slots[slot]!.buffer),
  };
}

describe('a request with more rows than the largest batch', () => {
  test('runs in pieces of it, and gets all of them', async () => {
    const { runner, sizes } = doubling();
    const { batch, memory } = floats(10);
    const { parts } = await performing(runner, 4).perform(batch, memory, soon());
    expect(sizes).toEqual([4, 4, 2]);
    expect(parts[0]!.outputs[0]!.shape).toEqual([10, 2]);
    const data = parts[0]!.outputs[0]!.data as Uint8Array<ArrayBuffer>;
    expect(Array.from(new Float32Array(data.buffer))).toEqual(Array.from({ length: 20 }, (_, i) => i * 2));
  });

  test('of text, too', async () => {
    const { runner } = doubling({ text: true });
    const inputs = [{ name: 'x', datatype: 'BYTES', shape: [2] }] as const;
    const jobs = [{ slot: 0, rows: 3, inputs: [['a', 'b', 'c', 'd', 'e', 'f']] }];
    const batch: Tensors = { kind: 'tensors', batched: true, inputs, outputs: ['y'], jobs };
    const { parts } = await performing(runner, 2).perform(batch, () => new Uint8Array(), soon());
    expect(parts[0]!.outputs[0]).toMatchObject({ shape: [3, 2], data: ['aa', 'bb', 'cc', 'dd', 'ee', 'ff'] });
  });

  test('runs at once where an output has other rows', async () => {
    const { runner, sizes } = doubling({ scalar: true });
    const { batch, memory } = floats(6);
    const { parts } = await performing(runner, 4).perform(batch, memory, soon());
    expect(sizes).toEqual([4, 6]);
    expect(parts[0]!.outputs[0]!.shape).toEqual([1]);
  });

  test('ends between two pieces once nobody waits for it', async () => {
    const { runner, sizes } = doubling({ slow: 20 });
    const { batch, memory } = floats(1000);
    const { failed } = await performing(runner, 1).perform(batch, memory, Date.now() + 50);
    expect(failed).toMatchObject([{ job: 0, kind: 'interrupted' }]);
    expect(sizes.length).toBeLessThan(20);
  });
});

describe('a form', () => {
  const formOf = async (count: number) => {
    const form = new FormData();
    for (let i = 0; i < count; i++) form.append('image', new Blob([pngOf(i)]), 'x.png');
    const request = new Response(form);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const contentType = request.headers.get('content-type')!;
    const batch: Batch = { kind: 'images', jobs: [{ slot: 0, length: bytes.length, contentType }] };
    return { batch, memory: () => bytes };
  };

  test('is not decoded any further once nobody waits for it', async () => {
    const { runner, sizes } = doubling();
    const { batch, memory } = await formOf(3);
    expect((await performing(runner, 4).perform(batch, memory, past())).failed).toMatchObject([
      { job: 0, kind: 'interrupted' },
    ]);
    expect(sizes).toEqual([]);
    expect((await performing(runner, 4).perform(batch, memory, soon())).parts[0]!.rows).toEqual([3]);
  });

  test('has no more pixels in all than four of the largest images', async () => {
    const { runner } = doubling();
    const { batch, memory } = await formOf(6);
    // Each has 64.
    const { failed } = await performing(runner, 4, 90).perform(batch, memory, soon());
    expect(failed).toEqual([{ job: 0, kind: 'size', message: expect.stringMatching(/at most 360 pixels.*got 384/) }]);
    expect((await performing(runner, 4, 96).perform(batch, memory, soon())).failed).toEqual([]);
  });
});
