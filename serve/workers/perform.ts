import { OnwardError } from '../../runtime/common/index.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { dataTypeOf, elementsOf, joined, rowsOf, type Tensor, type TensorSpec } from '../tensors/index.js';
import { createBuffer } from './gather.js';
import { type DecodeLimits, fitted } from './images.js';
import type { Batch, BatchInput, BatchReply, Failed, Part, TensorJob } from './messages.js';
import type { Runner } from './runner.js';

export interface PerformOptions extends DecodeLimits {
  readonly runner: Runner;
  readonly classifier: LoadedModel | undefined;
  readonly maxBatch: number;
}

/** Does whole batches with one runner; what cannot be done is said job by job. */
export function createPerformer({ runner, classifier, maxBatch, ...limits }: PerformOptions) {
  const imageBuffer = createBuffer();
  const buffers = new Map<string, (bytes: number) => Uint8Array<ArrayBuffer>>();

  async function images(
    jobs: (Batch & { kind: 'images' })['jobs'],
    memory: Memory,
    goOn: () => void,
  ): Promise<BatchReply> {
    const start = performance.now();
    const failed: Failed[] = [];
    const pictures: Uint8Array[] = [];
    const [done, rows]: [number[], number[]] = [[], []];
    for (const [job, { slot, length, contentType }] of jobs.entries()) {
      try {
        // Out of shared memory, which decoders do not take.
        const some = await fitted(
          memory(slot).slice(0, length) as Uint8Array<ArrayBuffer>,
          contentType,
          classifier!,
          limits,
          goOn,
        );
        pictures.push(...some);
        done.push(job);
        rows.push(some.length);
      } catch (error) {
        failed.push(failureOf(job, error));
      }
    }
    const decoded = performance.now();
    if (pictures.length === 0) return { parts: [], failed, times: { decode: decoded - start, batch: 0, run: 0 } };

    const size = pictures[0]!.length;
    const classes = classifier!.labels.length;
    const all = new Float32Array(pictures.length * classes);
    let [batch, run] = [0, 0];
    for (let from = 0; from < pictures.length; from += maxBatch) {
      if (from > 0) goOn();
      const begin = performance.now();
      const some = pictures.slice(from, from + maxBatch);
      const input = imageBuffer(some.length * size);
      for (const [i, picture] of some.entries()) input.set(picture, i * size);
      const gathered = performance.now();
      all.set(await runner.predict!(input, some.length), from * classes);
      batch += gathered - begin;
      run += performance.now() - gathered;
    }
    const output = { name: 'probabilities', datatype: 'FP32', shape: [pictures.length, classes] } as const;
    const part: Part = { jobs: done, rows, outputs: [{ ...output, data: new Uint8Array(all.buffer) }] };
    return { parts: [part], failed, times: { decode: decoded - start, batch, run } };
  }

  /** One input of some jobs, one after another. */
  function gather(input: BatchInput, at: number, jobs: readonly TensorJob[], batched: boolean, memory: Memory): Tensor {
    const rows = jobs.reduce((sum, job) => sum + job.rows, 0);
    const shape = batched ? [rows, ...input.shape] : input.shape;
    if (input.datatype === 'BYTES') {
      return { ...input, shape, data: jobs.flatMap((job) => job.inputs[at] as readonly string[]) };
    }
    const buffer = buffers.get(input.name) ?? createBuffer();
    buffers.set(input.name, buffer);
    const data = buffer(elementsOf(shape) * dataTypeOf(input.datatype).bytes);
    let to = 0;
    for (const job of jobs) {
      const { offset, bytes } = job.inputs[at] as { offset: number; bytes: number };
      data.set(memory(job.slot).subarray(offset, offset + bytes), to);
      to += bytes;
    }
    return { ...input, shape, data };
  }

  /** In pieces of the largest batch, where one request has more rows. */
  async function runAll(
    feeds: readonly Tensor[],
    outputs: readonly string[],
    { rows, goOn }: { readonly rows: number; readonly goOn: () => void },
  ): Promise<Tensor[]> {
    const pieces: Tensor[][] = [];
    for (let from = 0; from < rows; from += maxBatch) {
      if (from > 0) goOn();
      const count = Math.min(maxBatch, rows - from);
      const piece = await runner.run(
        feeds.map((feed) => rowsOf(feed, from, count)),
        outputs,
      );
      // An output whose rows are not those of the inputs: only all at once says what it should.
      if (piece.some(({ shape }) => shape[0] !== count)) return runner.run(feeds, outputs);
      pieces.push(piece);
    }
    return pieces[0]!.map((_, i) => joined(pieces.map((piece) => piece[i]!)));
  }

  async function tensors(batch: Batch & { kind: 'tensors' }, memory: Memory, goOn: () => void): Promise<BatchReply> {
    const times = { decode: 0, batch: 0, run: 0 };
    const failed: Failed[] = [];
    const parts: Part[] = [];

    async function run(which: readonly number[]): Promise<void> {
      const jobs = which.map((i) => batch.jobs[i]!);
      const rows = jobs.map((job) => job.rows);
      const start = performance.now();
      const feeds = batch.inputs.map((input, i) => gather(input, i, jobs, batch.batched, memory));
      const gathered = performance.now();
      times.batch += gathered - start;
      const total = rows.reduce((sum, n) => sum + n, 0);
      const whole = !batch.batched || total <= maxBatch;
      const outputs = await (whole
        ? runner.run(feeds, batch.outputs)
        : runAll(feeds, batch.outputs, { rows: total, goOn })
      ).finally(() => {
        times.run += performance.now() - gathered;
      });
      if (which.length > 1 && outputs.some(({ shape }) => shape[0] !== total)) {
        throw new OnwardError('input', 'an output has another number of rows than the batch');
      }
      parts.push({ jobs: which, rows, outputs });
    }

    const every = batch.jobs.map((_, i) => i);
    try {
      await run(every);
    } catch (error) {
      // One request's values may be what the model does not take: the others must not pay for them.
      if (every.length === 1) failed.push(failureOf(0, error));
      else for (const i of every) await run([i]).catch((alone: unknown) => failed.push(failureOf(i, alone)));
    }
    return { parts, failed, times };
  }

  return {
    /** @param until by `Date.now()`, when nobody waits for it any more: it ends between two images or pieces of a batch */
    perform(batch: Batch, memory: Memory, until: number): Promise<BatchReply> {
      const goOn = () => {
        if (Date.now() > until) throw new OnwardError('interrupted', 'nobody waits for this request any more');
      };
      return batch.kind === 'images' ? images(batch.jobs, memory, goOn) : tensors(batch, memory, goOn);
    },

    /** Runs zeros, so that nobody's request is the first; what they cost once warm is what tuning looks at. */
    async blank(rows: number): Promise<void> {
      if (classifier) {
        const { width, height, channels } = classifier.input;
        await runner.predict!(imageBuffer(rows * width * height * channels).fill(0), rows);
      } else {
        const feeds = blankFeeds(runner.inputs, rows);
        if (feeds)
          await runner.run(
            feeds,
            runner.outputs.map(({ name }) => name),
          );
      }
    },
  };
}

/** The bytes of a slot. */
export type Memory = (slot: number) => Uint8Array;

/** Zeros for every input; undefined where a size other than the batch is left open, or for so large ones that nobody sends them. */
function blankFeeds(inputs: readonly TensorSpec[], rows: number): Tensor[] | undefined {
  const feeds: Tensor[] = [];
  for (const { name, datatype, shape } of inputs) {
    const sizes = shape.map((size, i) => (i === 0 && size < 0 ? rows : size));
    if (sizes.some((size) => size < 1) || elementsOf(sizes) > 1e8) return undefined;
    const count = elementsOf(sizes);
    const data =
      datatype === 'BYTES' ? Array<string>(count).fill('') : new Uint8Array(count * dataTypeOf(datatype).bytes);
    feeds.push({ name, datatype, shape: sizes, data });
  }
  return feeds;
}

/** What is no error for a person is thrown on, and ends the thread: nobody knows what state it is in. */
function failureOf(job: number, error: unknown): Failed {
  if (error instanceof OnwardError) return { job, kind: error.kind, message: error.message };
  throw error;
}
