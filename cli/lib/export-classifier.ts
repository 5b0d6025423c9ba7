import { runLayers } from '../../evaluate/index.js';
import { exportClassifier, type LayersModel, type ModelFile, withInputShapes } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { messageOf, OnwardError, random } from '../../runtime/common/index.js';
import {
  encodeGolden,
  type GoldenText,
  type InputSpec,
  loadModel,
  type PreprocessingStep,
  preprocess,
  preprocessedShape,
  softmaxRows,
} from '../../runtime/model/index.js';
import { checkSamples, summaryOf } from './classifier-file.js';
import { type ExportFlags, preparations, targetOf } from './export-flags.js';
import { inputShapes, referenceOf } from './export-model.js';
import { readHandlers } from './own-handlers.js';
import { readLabels } from './read-labels.js';

/** As many as a run has at least. */
const samples = 16;

/** The images that a model takes. @throws OnwardError kind `input` for one that takes something else */
function imagesOf(model: LayersModel, fit: InputSpec['fit']): InputSpec {
  const shape = declaredShape(model);
  const [height, width, channels] = shape as number[];
  const isImage = model.inputs.length === 1 && shape.length === 3 && shape.every((size) => typeof size === 'number');
  if (isImage && (channels === 1 || channels === 3)) {
    return { width: width!, height: height!, channels, fit, background: [0, 0, 0] };
  }
  throw new OnwardError(
    'input',
    `expected a model that takes one image, [height, width, 1 or 3], got ${model.inputs.length === 1 ? `[${shape.map((size) => size ?? '?').join(', ')}]` : `${model.inputs.length} inputs`}; without --labels it is exported as it is, and --input-shape chooses sizes that are open`,
  );
}

function declaredShape({ inputs, layers }: LayersModel): (number | null)[] {
  const { config } = layers.find(({ name }) => name === inputs[0]!.layer)!;
  const declared = config.batch_input_shape ?? config.batch_shape;
  return Array.isArray(declared) ? declared.slice(1) : [];
}

/** Whether each row is a distribution, as a softmax at the end of a model gives it. */
function areProbabilities(values: Float32Array, classes: number): boolean {
  const rows = Array.from({ length: values.length / classes }, (_, i) =>
    values.subarray(i * classes, (i + 1) * classes),
  );
  return rows.every((row) => row.every((p) => p >= 0) && Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-4);
}

/** Images of noise and what TensorFlow.js makes of them, or why there are none. */
async function samplesOf(
  { model, files }: Pick<ModelFile, 'model' | 'files'>,
  input: InputSpec,
  steps: readonly PreprocessingStep[],
  classes: number,
): Promise<{ golden: GoldenText } | { reason: string }> {
  const reference = referenceOf(model, files);
  if (!('files' in reference)) return { reason: reference.otherwise };
  const { width, height, channels } = input;
  const shape = [height, width, channels] as const;
  const stream = random('noise', model.name);
  const images = Uint8Array.from({ length: samples * height * width * channels }, () => stream.below(256));
  const dims = [samples, ...preprocessedShape(shape, steps)];
  const feed = { name: model.inputs[0]!.layer, dims, values: preprocess(images, steps, shape) };
  try {
    const { outputs } = await runLayers(reference.files, [feed]);
    const [scores] = outputs as [Float32Array];
    const probabilities = areProbabilities(scores, classes) ? scores : softmaxRows(scores, classes);
    return { golden: encodeGolden({ kind: 'noise', count: samples, images, probabilities }, input) };
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n');
    return { reason: `TensorFlow.js cannot run the layers model (${line.trim()})` };
  }
}

/**
 * Exports a layers model as the classifier that it is: an image goes in as it was decoded, probabilities with their labels
 * come out, and samples by which every runtime tests itself are in the file, of noise, as its images are not known.
 */
export async function classifierExport(file: ModelFile, out: string, flags: ExportFlags) {
  const labels = await readLabels(flags.labels!);
  if (flags.preprocess === undefined) {
    throw new OnwardError(
      'usage',
      `--labels: say how images were prepared for this model with --preprocess ${Object.keys(preparations).join('|')}; --help tells them apart`,
    );
  }
  const model = withInputShapes(file.model, inputShapes(file.model, flags.inputShape ?? []));
  const input = imagesOf(model, flags.fit ?? 'contain');
  const preprocessing = [...preparations[flags.preprocess]];
  const handlers = flags.handlers === undefined ? undefined : await readHandlers(flags.handlers);
  const made =
    flags.golden === 'none'
      ? { reason: 'none were wanted' }
      : await samplesOf({ ...file, model }, input, preprocessing, labels.length);
  const before = performance.now();
  const bytes = exportClassifier(model, {
    ...targetOf(flags),
    handlers,
    labels,
    input,
    provenance: { recipe: model.name, preprocessing },
    golden: 'golden' in made ? made.golden : undefined,
    producerVersion: version,
  });
  const seconds = (performance.now() - before) / 1000;
  const loaded = loadModel(bytes, { name: out });
  const check = flags.check ? await checkSamples(loaded) : null;
  await writeWhole(out, bytes);
  return { ...summaryOf(loaded, out, seconds), check, noSamples: 'reason' in made ? made.reason : null };
}
