import { importPeer } from '../machine/index.js';
import { messageOf, OnwardError, random } from '../runtime/common/index.js';
import { type Feed, type LayersFiles, type Outputs, runLayers } from './run-layers.js';

/** An input of the exported graph: float32, the batch first. */
export interface CheckedInput {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  /** The input takes whole numbers from 0 up and below this one: places in a table. */
  readonly below?: number | undefined;
}

export interface ExportCheck {
  /** Whether ONNX Runtime loaded the file and ran it; `reason` says why not. */
  readonly loaded: boolean;
  /** Largest difference of any output number from TensorFlow.js; null where nothing was compared. */
  readonly maxAbsDiff: number | null;
  /** The same, relative to the largest number of its output (or to one). */
  readonly maxRelDiff: number | null;
  /** What was compared with, or why nothing was. */
  readonly reference: string | null;
  readonly reason: string | null;
}

/** More than rounding explains, in the deepest of models: of 24 bits, or of 11. */
const tolerances = { float32: 1e-3, float16: 3e-2 } as const;

export interface CheckOptions {
  /** Of the layers model; without them `otherwise` says why nothing is compared. */
  readonly files?: LayersFiles | undefined;
  readonly otherwise?: string | undefined;
  /** Of the exported file. Default: float32. */
  readonly dtype?: keyof typeof tolerances | undefined;
  /** The layers that it gives, where those are not the model's own outputs. */
  readonly outputs?: readonly string[] | undefined;
  /** How many samples it takes, where that is fixed. */
  readonly batch?: number | undefined;
  /** Which of its images lie as `[channels, height, width]`. */
  readonly channelsFirst?: { readonly inputs: boolean; readonly outputs: boolean } | undefined;
}

function randomFeed({ name, shape, below }: CheckedInput, batch: number): Feed {
  const stream = random('export check', name);
  const dims = [batch, ...shape];
  const length = dims.reduce((a, b) => a * b, 1);
  const draw = below ? () => stream.below(below) : () => stream.between(-1, 1);
  return { name, dims, values: Float32Array.from({ length }, draw) };
}

/**
 * Images in the other layout, `[N, ...space, C]` or `[N, C, ...space]`.
 * @param to which one it becomes
 * @param dims as they are given
 */
function relaid(values: Float32Array, dims: readonly number[], to: 'first' | 'last'): Float32Array {
  const [batch, channels] = [dims[0]!, to === 'first' ? dims.at(-1)! : dims[1]!];
  const area = values.length / batch / channels;
  const result = new Float32Array(values.length);
  for (let n = 0, i = 0; n < batch; n++) {
    for (let a = 0; a < (to === 'first' ? area : channels); a++) {
      for (let b = 0; b < (to === 'first' ? channels : area); b++, i++) {
        const [pixel, channel] = to === 'first' ? [a, b] : [b, a];
        const at = to === 'first' ? channel * area + pixel : pixel * channels + channel;
        result[n * area * channels + at] = values[i]!;
      }
    }
  }
  return result;
}

/** What the exported file takes, where its images lie otherwise than the model's. */
function channelsFirst({ name, dims, values }: Feed): Feed {
  if (dims.length < 3) return { name, dims, values };
  const [batch, ...shape] = dims as [number, ...number[]];
  return { name, dims: [batch, shape.at(-1)!, ...shape.slice(0, -1)], values: relaid(values, dims, 'first') };
}

async function runOnnx(
  name: string,
  bytes: Uint8Array,
  feeds: readonly Feed[],
  relays: boolean | undefined,
): Promise<Outputs> {
  const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
  try {
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4, executionProviders: ['cpu'] });
    try {
      const given = feeds.map(({ name, dims, values }) => [name, new Tensor('float32', values, [...dims])] as const);
      const results = await session.run(Object.fromEntries(given));
      return session.outputNames.map((output) => {
        const { data, dims } = results[output]!;
        return relays && dims.length >= 3 ? relaid(data as Float32Array, dims, 'last') : (data as Float32Array);
      });
    } finally {
      await session.release();
    }
  } catch (cause) {
    const [line = ''] = messageOf(cause).split('\n');
    throw new OnwardError(
      'parity',
      `${name}: ONNX Runtime does not run what was exported (${line.trim()}); this is an error of onward, and no file was written (--no-check writes it all the same)`,
      { cause },
    );
  }
}

/** The largest difference, and the largest relative to what its output holds. */
function difference(actual: Outputs, expected: Outputs): { maxAbsDiff: number; maxRelDiff: number } {
  let [maxAbsDiff, maxRelDiff] = [0, 0];
  for (const [i, values] of expected.entries()) {
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (const [j, value] of values.entries()) {
      const delta = Math.abs(actual[i]![j]! - value);
      // A comparison with NaN is false: what is no number is as far as can be, but where both are none.
      const far = Number.isNaN(delta) ? (Number.isNaN(value) && Number.isNaN(actual[i]![j]!) ? 0 : Infinity) : delta;
      maxAbsDiff = Math.max(maxAbsDiff, far);
      maxRelDiff = Math.max(maxRelDiff, far / scale);
    }
  }
  return { maxAbsDiff, maxRelDiff };
}

/**
 * Runs an exported file in ONNX Runtime on random inputs and, where TensorFlow.js can load the layers model as well,
 * compares the two.
 * @param name of the file, for messages
 * @throws OnwardError kind `parity` when ONNX Runtime does not run it or the two differ
 */
export async function checkExport(
  name: string,
  bytes: Uint8Array,
  inputs: readonly CheckedInput[],
  {
    files,
    otherwise = 'there is nothing to compare with',
    dtype = 'float32',
    outputs = [],
    batch = 2,
    channelsFirst: relays,
  }: CheckOptions,
): Promise<ExportCheck> {
  const none: ExportCheck = { loaded: false, maxAbsDiff: null, maxRelDiff: null, reference: null, reason: null };
  const feeds = inputs.map((input) => randomFeed(input, batch));
  const tolerance = tolerances[dtype];
  let actual: Outputs;
  try {
    actual = await runOnnx(name, bytes, relays?.inputs ? feeds.map(channelsFirst) : feeds, relays?.outputs);
  } catch (error) {
    if (error instanceof OnwardError && error.kind === 'missing') return { ...none, reason: error.message };
    throw error;
  }
  if (!files) return { ...none, loaded: true, reason: otherwise };
  let reference: Awaited<ReturnType<typeof runLayers>>;
  try {
    reference = await runLayers(files, feeds, outputs);
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n');
    return { ...none, loaded: true, reason: `TensorFlow.js cannot run the layers model (${line.trim()})` };
  }
  const found = difference(actual, reference.outputs);
  if (found.maxRelDiff > tolerance) {
    throw new OnwardError(
      'parity',
      `${name}: it predicts differently from ${reference.by}: expected outputs within ${tolerance} of it, got max |Δ| ${found.maxAbsDiff.toExponential(2)}; this is an error of onward, and no file was written (--no-check writes it all the same)`,
    );
  }
  return { loaded: true, ...found, reference: reference.by, reason: null };
}
