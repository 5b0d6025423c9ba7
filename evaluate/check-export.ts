import { importPeer, loadTensorFlow, probeTensorFlow } from '../machine/index.js';
import { messageOf, OnwardError, random } from '../runtime/common/index.js';

/** A layers model's files, as TensorFlow.js loads them. */
export interface LayersFiles {
  readonly json: unknown;
  readonly weights: Uint8Array;
}

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

/** More than rounding in float32 explains, in the deepest of models. */
const tolerance = 1e-3;
const batch = 2;

interface Feed {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

function randomFeed({ name, shape, below }: CheckedInput): Feed {
  const stream = random('export check', name);
  const dims = [batch, ...shape];
  const length = dims.reduce((a, b) => a * b, 1);
  const draw = below ? () => stream.below(below) : () => stream.between(-1, 1);
  return { name, dims, values: Float32Array.from({ length }, draw) };
}

type Outputs = readonly Float32Array[];

async function runOnnx(name: string, bytes: Uint8Array, feeds: readonly Feed[]): Promise<Outputs> {
  const { InferenceSession, Tensor } = await importPeer('onnxruntime-node');
  try {
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4, executionProviders: ['cpu'] });
    try {
      const given = feeds.map(({ name, dims, values }) => [name, new Tensor('float32', values, [...dims])] as const);
      const results = await session.run(Object.fromEntries(given));
      return session.outputNames.map((output) => results[output]!.data as Float32Array);
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

/** What TensorFlow.js gives, on its own library where that is there. */
async function runLayers(
  { json, weights }: LayersFiles,
  feeds: readonly Feed[],
): Promise<{ outputs: Outputs; by: string }> {
  const backend = (await probeTensorFlow('native')).available ? 'native' : 'wasm';
  const { tf, version } = await loadTensorFlow(backend);
  const { modelTopology, weightsManifest = [] } = json as {
    modelTopology: object;
    weightsManifest?: { weights: import('@tensorflow/tfjs').io.WeightsManifestEntry[] }[];
  };
  const model = await tf.loadLayersModel({
    load: async () => ({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: new Uint8Array(weights).buffer,
    }),
  });
  try {
    const inputs = model.inputs.map(({ name }, i) => feeds.find((feed) => feed.name === name) ?? feeds[i]!);
    const outputs = tf.tidy(() => {
      const given = inputs.map(({ dims, values }) => tf.tensor(values, [...dims]));
      return [model.predict(given)].flat().map((output) => Float32Array.from(output.dataSync()));
    });
    return { outputs, by: `tfjs-${backend} (${version})` };
  } finally {
    model.dispose();
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
 * @param files of the layers model; without them `otherwise` says why nothing is compared
 * @throws OnwardError kind `parity` when ONNX Runtime does not run it or the two differ
 */
export async function checkExport(
  name: string,
  bytes: Uint8Array,
  inputs: readonly CheckedInput[],
  {
    files,
    otherwise = 'there is nothing to compare with',
  }: { files?: LayersFiles | undefined; otherwise?: string | undefined },
): Promise<ExportCheck> {
  const none: ExportCheck = { loaded: false, maxAbsDiff: null, maxRelDiff: null, reference: null, reason: null };
  const feeds = inputs.map(randomFeed);
  let actual: Outputs;
  try {
    actual = await runOnnx(name, bytes, feeds);
  } catch (error) {
    if (error instanceof OnwardError && error.kind === 'missing') return { ...none, reason: error.message };
    throw error;
  }
  if (!files) return { ...none, loaded: true, reason: otherwise };
  let reference: Awaited<ReturnType<typeof runLayers>>;
  try {
    reference = await runLayers(files, feeds);
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
