import type { Evaluation } from '../score/index.js';
import { decimals, percent, shortPath } from './html.js';
import type { ReportContext } from './section.js';

const blank = (what: string) => `_To be written: ${what}_`;
/** Inside a table's cell or a line. */
const plain = (text: string) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function trained({ model }: Evaluation): string[] {
  const { recipe, seed, backend, dataset, augmentation, versions, metrics } = model.provenance;
  const line = (name: string, value: string | undefined) => (value === undefined ? [] : [`- ${name}: ${plain(value)}`]);
  return [
    ...line(
      'Dataset',
      dataset && `${dataset.name}, ${dataset.images} images, training part sha256 \`${dataset.digest}\``,
    ),
    ...line(
      'Recipe',
      recipe &&
        `${recipe}${seed === undefined ? '' : `, seed ${seed}`}${backend ? `, TensorFlow.js on ${backend}` : ''}`,
    ),
    ...line('Augmentation', augmentation && (augmentation.map(({ name }) => name).join(', ') || 'none')),
    ...line(
      'What training measured',
      metrics &&
        Object.entries(metrics)
          .map(([name, value]) => `${name} ${decimals(value)}`)
          .join(', '),
    ),
    ...line(
      'Versions',
      versions &&
        Object.entries(versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
    ),
  ];
}

/**
 * A model card as Mitchell et al. propose it ("Model cards for model reporting", FAT* 2019): filled in where something is
 * known, and blank where a person must write.
 */
export function modelCard(context: Pick<ReportContext, 'evaluation' | 'inspected'>): string {
  // Spaces that are not broken are for pages.
  return written(context).replaceAll('\u00a0', ' ');
}

function written({ evaluation, inspected }: Pick<ReportContext, 'evaluation' | 'inspected'>): string {
  const { model, dataset, part, metrics, tta, engine, notes } = evaluation;
  const { accuracy, averages, perClass, rocAuc, calibration, confusedPairs } = metrics;
  const { input, labels } = model;
  const unseen =
    part.unseen === null
      ? 'Whether the model was trained on any of them is not known.'
      : part.unseen
        ? 'The model was not trained on them.'
        : 'The model was trained on some or all of them.';
  const provenance = trained(evaluation);
  const rows = perClass.map(
    ({ name, support, precision, recall, f1 }, c) =>
      `| ${plain(name)} | ${support} | ${percent(precision)} | ${percent(recall)} | ${percent(f1)} | ${decimals(rocAuc.classes[c])} |`,
  );
  return `# Model card: ${model.provenance.recipe ?? 'an image classifier'}${model.provenance.dataset ? ` on ${plain(model.provenance.dataset.name)}` : ''}

## Model details
- Made by: ${blank('who, when, how to reach them')}
- Licence: ${blank('of the model, and what that of its data asks for')}
- File: \`${shortPath(model.name)}\`, ${model.bytes.length.toLocaleString('en')} bytes, ${model.precision}, ${model.digest ? `sha256 \`${model.digest}\`` : 'without a digest'}
- What it is: an image classifier, ${inspected.parameters.toLocaleString('en')} parameters, ${inspected.multiplyAdds.toLocaleString('en')} multiply-adds an image
- It takes: images of ${input.width}x${input.height} pixels, ${input.channels === 1 ? 'gray' : 'RGB'}, fitted with ${input.fit}
- It gives: a probability for each of ${labels.length} classes: ${plain(labels.slice(0, 30).join(', '))}${labels.length > 30 ? ', ...' : ''}

## Intended use
${blank('what it is for, who is to use it, and what it must not be used for')}

## Factors
${blank('on whom or what does it work better or worse: groups of people, cameras, light, places? Which of these are in the data?')}

## Training data
${provenance.length > 0 ? provenance.join('\n') : '- Not known: the file does not say.'}
- ${blank('how the images were collected and labelled, and with whose consent')}

## Evaluation data
- ${dataset.length.toLocaleString('en')} images of ${plain(dataset.name)} (${part.name}: ${plain(part.how)}), sha256 \`${dataset.digest}\`
- ${unseen}
- ${blank('why these images, and how like they are to those that it will see')}

## Results
Evaluated on ${engine.name} (${engine.device}).

| metric | value |
|---|---|
| accuracy | ${percent(accuracy.value)} (95 % interval ${percent(accuracy.low)} to ${percent(accuracy.high)}) |
| balanced accuracy | ${percent(metrics.balancedAccuracy)} |
| macro F1 | ${percent(averages.macro.f1)} |
| Cohen's kappa | ${decimals(metrics.kappa)} |
| ROC-AUC, mean of one against the rest | ${decimals(rocAuc.macro)} |
| log loss | ${decimals(metrics.logLoss)} |
| expected calibration error | ${percent(calibration.ece)} |
${tta ? `| accuracy with test-time augmentation, ${tta.draws} draws | ${percent(tta.metrics.accuracy.value)} |\n` : ''}
| class | images | precision | recall | F1 | ROC-AUC |
|---|---:|---:|---:|---:|---:|
${rows.join('\n')}

${
  confusedPairs.length > 0
    ? `Most confused: ${confusedPairs
        .slice(0, 5)
        .map(
          ({ label, predicted, images, share }) =>
            `${plain(label)} called ${plain(predicted)} (${images} images, ${percent(share, 1)})`,
        )
        .join('; ')}.`
    : 'No image was called anything else than it is.'
}
${notes.length > 0 ? `\n${notes.map((note) => `- ${plain(note)}`).join('\n')}\n` : ''}
## Ethical considerations
${blank('whom can a wrong answer harm, and what is done about it?')}

## Caveats and recommendations
${blank('what is not known, what should be tested before it is used elsewhere')}
`;
}
