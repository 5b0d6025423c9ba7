import { noiseSamples } from '../../evaluate/index.js';
import { exportClassifier, imagesOf, type ModelFile, scoresOf, withInputShapes } from '../../export/index.node.js';
import { version, writeWhole } from '../../machine/index.js';
import { OnwardError } from '../../runtime/common/index.js';
import { loadModel, usualSteps } from '../../runtime/model/index.js';
import { checkSamples, summaryOf } from './classifier-file.js';
import { type ExportFlags, targetOf } from './export-flags.js';
import { inputShapes, referenceOf } from './export-model.js';
import { readHandlers } from './own-handlers.js';
import { readLabels } from './read-labels.js';

/**
 * Exports a layers model as the classifier that it is: an image goes in as it was decoded, probabilities with their labels
 * come out, and samples by which every runtime tests itself are in the file, of noise, as its images are not known.
 */
export async function classifierExport(file: ModelFile, out: string, flags: ExportFlags) {
  const labels = await readLabels(flags.labels!);
  if (flags.preprocess === undefined) {
    throw new OnwardError(
      'usage',
      `--labels: say how images were prepared for this model with --preprocess ${Object.keys(usualSteps).join('|')}; --help tells them apart`,
    );
  }
  const model = withInputShapes(file.model, inputShapes(file.model, flags.inputShape ?? []));
  const input = imagesOf(model, flags.fit ?? 'contain');
  const preprocessing = usualSteps[flags.preprocess];
  const handlers = flags.handlers === undefined ? undefined : await readHandlers(flags.handlers);
  const samples = async () => {
    if (flags.golden === 'none') return { reason: 'none were wanted' };
    const reference = referenceOf(model, file.files);
    if (reference.files === undefined) return { reason: reference.otherwise };
    const [steps, gives] = [preprocessing, scoresOf(model, { handlers })];
    return noiseSamples({ name: model.name, files: reference.files, input, steps, classes: labels.length, gives });
  };
  const made = await samples();
  const before = performance.now();
  const bytes = exportClassifier(model, {
    ...targetOf(flags),
    handlers,
    labels,
    input,
    provenance: { preprocessing },
    golden: 'golden' in made ? made.golden : undefined,
    producerVersion: version,
  });
  const seconds = (performance.now() - before) / 1000;
  const loaded = loadModel(bytes, { name: out });
  const check = flags.check ? await checkSamples(loaded) : null;
  await writeWhole(out, bytes);
  return { ...summaryOf(loaded, out, seconds), check, noSamples: 'reason' in made ? made.reason : null };
}
