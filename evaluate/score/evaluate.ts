import { OnwardError } from '../../runtime/common/index.js';
import type { Engine } from '../../runtime/engines/index.node.js';
import type { LoadedModel } from '../../runtime/model/index.js';
import { computeMetrics, scored as scoredOf } from '../metrics/index.js';
import { mcnemar, pairedDifference } from '../statistics/index.js';
import { augmentationsOf, predictAugmented } from '../tta/index.js';
import { alignLabels } from './align-labels.js';
import type { Evaluation, TtaResult } from './evaluation.js';
import { fittedTo } from './fitted.js';
import { openForScoring } from './output-kind.js';
import type { Part } from './part.js';
import type { PredictedAhead } from './predict-ahead.js';
import { predictAll } from './predict-all.js';

export interface EvaluateOptions {
  readonly engine: Engine;
  /** Images at once. Default: what proves the quickest. */
  readonly batch?: number | undefined;
  /** The output is logits. Default: what the file says, or what its numbers look like. */
  readonly softmax?: boolean | undefined;
  /** Test-time augmentation: how many draws an image, and their seed. */
  readonly tta?: { readonly draws: number; readonly seed: number } | undefined;
  /** What was predicted of the images while they were decoded. */
  readonly ahead?: PredictedAhead | undefined;
  readonly allowDifferent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((what: 'evaluating' | 'augmenting', done: number, total: number) => void) | undefined;
}

/**
 * A model on labelled images: every metric, and what they were computed from. Images come and go in batches; what is kept of
 * each is a number a class.
 * @throws OnwardError kind `input` when the classes do not match, there are no images, or the model gives no probabilities
 */
export async function evaluate(model: LoadedModel, part: Part, options: EvaluateOptions): Promise<Evaluation> {
  const { engine, batch, softmax = false, tta, ahead, allowDifferent = false, signal, onProgress } = options;
  if (part.dataset.length === 0) throw new OnwardError('input', `${part.dataset.name} has no images to evaluate on`);
  const { classes, labels, notes } = alignLabels(part.dataset, model);
  const dataset = fittedTo(part.dataset, model.input);
  const augmentations = tta && (await augmentationsOf(model));
  const opened = ahead?.session
    ? { session: ahead.session, notes: [] }
    : await openForScoring(engine, model, dataset, { softmax, allowDifferent });
  const { session } = opened;
  try {
    const all =
      ahead?.rowsOf(dataset) ??
      (await predictAll(session, dataset, {
        ...{ batch, signal },
        onProgress: (done, total) => onProgress?.('evaluating', done, total),
      }));
    const began = performance.now();
    const scored = scoredOf(classes, labels, all.probabilities);
    const metrics = computeMetrics(scored);
    const seconds = all.seconds + (performance.now() - began) / 1000;
    let averaged: TtaResult | undefined;
    if (tta && augmentations) {
      const probabilities = await predictAugmented(session, dataset, {
        ...{ ...tta, augmentations, batch: all.batch, signal },
        onProgress: (done, total) => onProgress?.('augmenting', done, total),
      });
      const after = scoredOf(classes, labels, probabilities);
      averaged = {
        ...tta,
        augmentations: augmentations.map(({ name, settings }) => ({ name, settings })),
        metrics: computeMetrics(after),
        gain: gainOf(labels, scored.predicted, after.predicted),
      };
    }
    const { version, device, selfTest } = session;
    return {
      ...{ model, dataset, scored, metrics, tta: averaged },
      part: { name: part.name, how: part.how, unseen: part.unseen },
      engine: { name: session.engine, version, device, selfTest },
      speed: { seconds, imagesPerSecond: dataset.length / seconds, batch: all.batch },
      notes: [
        ...model.guesses,
        ...notes,
        ...opened.notes,
        ...(dataset === part.dataset
          ? []
          : [
              `images of ${part.dataset.shape.join('x')} were fitted to ${dataset.shape.join('x')} (${model.input.fit})`,
            ]),
        ...(part.unseen === false
          ? ['the model was trained on some of these images: what is measured is too good']
          : []),
      ],
    };
  } finally {
    await session.close();
  }
}

/** How two lists of predictions do on the same images. */
export function gainOf(labels: Uint32Array, first: Uint32Array, second: Uint32Array): TtaResult['gain'] {
  let [onlyFirst, onlySecond] = [0, 0];
  for (const [image, label] of labels.entries()) {
    if (first[image] === second[image]) continue;
    if (first[image] === label) onlyFirst++;
    else if (second[image] === label) onlySecond++;
  }
  return { ...pairedDifference(onlyFirst, onlySecond, labels.length), p: mcnemar(onlyFirst, onlySecond) };
}
